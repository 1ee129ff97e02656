"""The structs of `rag_on_dingtalk.settings` → sections of settings. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect

from infra.settings.docstrings import parse
from rag_on_dingtalk.settings.bot import Bot
from rag_on_dingtalk.settings.secret_references import secret_references
from rag_on_dingtalk.settings.sections.console import ConsoleSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The default of a setting that must be given.
REQUIRED = msgspec.NODEFAULT


#: What stands beside `bots:`.
_BESIDE = "console"

_EXAMPLES: tuple[tuple[type[inspect.Type], Any], ...] = (
    (inspect.StrType, "something"),
    (inspect.BoolType, True),
    (inspect.VarTupleType, ()),
    (inspect.DictType, {}),
)


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One line of bots.yaml.

    key: unique; `path` with the backend's kind in it: `backend.dify.app`.
    path: below `bots.<name>`: `backend.app`.
    defaults: by the backend's kind; a single one where it makes no difference.
    sentence: as the docstring has it; empty: it says nothing.
    secret: a reference to where the value is.
    """

    key: str
    path: str
    type: inspect.Type
    defaults: dict[str, object]
    sentence: str
    secret: bool


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one struct.

    product: the backend's kind that it is for; empty: for all.
    """

    key: str
    path: str
    product: str
    sentence: str
    settings: tuple[Setting, ...]


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a struct stands.

    tag: tells it from the others that may stand here.
    value: what holds when nothing is written here.
    """

    path: str
    tag: str
    product: str
    sentence: str
    value: object


def sections(root: type[Bot] = Bot) -> tuple[Section, ...]:
    """Every section below `bots.<name>`, each before those inside it; what kinds share comes after them.

    At the end what stands beside the bots.
    """
    found: dict[str, Section] = {}
    (whole,) = nested(inspect.type_info(root))
    secrets = {name for name, _ in secret_references(msgspec.convert(_example(whole), root))}
    top = _Place(path="", tag="", product="", sentence=_summary(whole), value=REQUIRED)
    for section in _walk(whole, top, frozenset(secrets)):
        known = found.pop(section.key, None)
        found[section.key] = section if known is None else _merged(known, section)
    (console,) = nested(inspect.type_info(ConsoleSettings))
    beside = _Place(path=_BESIDE, tag="", product="", sentence=_summary(console), value=REQUIRED)
    return (*found.values(), *_walk(console, beside, frozenset((f"{_BESIDE}.session_key",))))


def whole_path(path: str) -> str:
    """Where a setting stands in bots.yaml: below a bot, or beside the bots."""
    beside = path.partition(".")[0] == _BESIDE
    return path if beside else ".".join(filter(None, ("bots.<name>", path)))


def nested(kind: inspect.Type) -> tuple[inspect.StructType, ...]:
    """The structs that a setting may hold, or each entry of its list."""
    if isinstance(kind, inspect.VarTupleType):
        return nested(kind.item_type)
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return tuple(one for one in kinds if isinstance(one, inspect.StructType))


def _walk(struct: inspect.StructType, place: _Place, secrets: frozenset[str]) -> Iterator[Section]:
    key = _joined(place.path, place.tag)
    said = parse(struct.cls.__doc__ or "", [field.name for field in struct.fields]).sentences
    settings, inside = [], []
    for field in struct.fields:
        path = _joined(place.path, field.name)
        structs = nested(field.type)
        default = _default(field, place.value)
        # A struct says what it is, and the one that holds it what is special here.
        summary = _summary(structs[0]) if len(structs) == 1 else ""
        sentence = " ".join(map(_capitalised, filter(None, (summary, said.get(field.name)))))
        settings.append(
            Setting(
                key=_joined(key, field.name),
                path=path,
                type=field.type,
                defaults={place.product: default},
                sentence=sentence,
                secret=path in secrets,
            )
        )
        for one in structs:
            tag = str(one.tag or "")
            there = _Place(
                path=path,
                tag=tag,
                product=tag or place.product,
                sentence=_summary(one) if tag else sentence,
                value=default,
            )
            inside.append((one, there))
    yield Section(
        key=key, path=place.path, product=place.product, sentence=place.sentence, settings=tuple(settings)
    )
    for one, there in inside:
        yield from _walk(one, there, secrets)


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _merged(one: Section, other: Section) -> Section:
    """A section that several kinds of backends have, each perhaps with defaults of its own."""
    replace = msgspec.structs.replace
    settings = tuple(
        replace(setting, defaults=setting.defaults | same.defaults)
        for setting, same in zip(one.settings, other.settings, strict=True)
    )
    return replace(one, product="", settings=settings)


def _default(field: inspect.Field, around: object) -> object:
    """A struct's own default, unless the default of what it stands in says otherwise."""
    if isinstance(around, msgspec.Struct):
        return getattr(around, field.name)
    if field.default_factory is not REQUIRED:
        return field.default_factory()
    return field.default


def _example(kind: inspect.Type) -> Any:
    """A value in which nothing is left out, for `secret_references` to tell what is a secret."""
    if isinstance(kind, inspect.StructType):
        tag = {kind.tag_field: kind.tag} if kind.tag_field else {}
        return tag | {field.name: _example(field.type) for field in kind.fields}
    if isinstance(kind, inspect.UnionType):
        return _example(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.IntType | inspect.FloatType) and kind.ge is not None:
        return kind.ge
    return next((value for types, value in _EXAMPLES if isinstance(kind, types)), 1)


def _summary(struct: inspect.StructType) -> str:
    return parse(struct.cls.__doc__ or "", ()).summary


def _joined(path: str, name: str) -> str:
    return ".".join(filter(None, (path, name)))
