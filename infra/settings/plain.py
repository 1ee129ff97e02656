"""A setting's type and default in plain words. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import inspect

from infra.settings.structs import REQUIRED, nested, whole_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.settings.structs import Section, Setting
    from infra.settings.wording import Wording


def heading(section: Section) -> str:
    """What stands above a section's table."""
    return f"`{whole_path(section.path)}`" + (f", `kind: {section.product}`" if section.product else "")


def anchor(title: str) -> str:
    """The fragment that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def takes(setting: Setting, anchors: Mapping[str, str], wording: Wording) -> str:
    """What may be written; anchors: of the sections by their key."""
    if setting.secret:
        return wording.secret
    kind = setting.type
    if structs := nested(kind):
        tags = [str(struct.tag or "") for struct in structs]
        sections = [
            f"[`{tag}`](#{anchors[f'{setting.path}.{tag}']})"
            if tag
            else f"[{wording.section}](#{anchors[setting.path]})"
            for tag in tags
        ]
        if isinstance(kind, inspect.VarTupleType):
            return wording.list_of.format(values=_listed(sections, wording))
        return _listed([*sections, *_null(kind)], wording)
    return _words(kind, wording)


def default(setting: Setting, wording: Wording) -> str:
    """What holds when nothing is written; each kind of backend by name where they differ."""
    by_value: dict[str, list[str]] = {}
    for product, value in setting.defaults.items():
        by_value.setdefault(_value(value, wording), []).append(product)
    if len(by_value) == 1:
        return next(iter(by_value))
    return wording.apart.join(
        f"{wording.comma.join(products)}{wording.pair}{value}" for value, products in by_value.items()
    )


def _words(kind: inspect.Type, wording: Wording) -> str:
    if isinstance(kind, inspect.UnionType):
        others = [_words(one, wording) for one in kind.types if not isinstance(one, inspect.NoneType)]
        return _listed([*others, *_null(kind)], wording)
    if isinstance(kind, inspect.LiteralType):
        return _listed([f"`{value}`" for value in kind.values], wording)
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return _number(kind, wording)
    if isinstance(kind, inspect.DictType | inspect.VarTupleType):
        return _many(kind, wording)
    simple = {inspect.StrType: wording.text, inspect.BoolType: wording.flag}
    if type(kind) not in simple:
        raise NotImplementedError(f"There are no plain words for {kind}. Add them here.")
    return simple[type(kind)]


def _many(kind: inspect.DictType | inspect.VarTupleType, wording: Wording) -> str:
    if isinstance(kind, inspect.DictType):
        texts = isinstance(kind.value_type, inspect.StrType)
        return wording.texts_by_name if texts else wording.anything_by_name
    if not isinstance(kind.item_type, inspect.LiteralType):
        return wording.texts
    return wording.list_of.format(values=wording.comma.join(f"`{value}`" for value in kind.item_type.values))


def _number(kind: inspect.IntType | inspect.FloatType, wording: Wording) -> str:
    name = wording.whole if isinstance(kind, inspect.IntType) else wording.number
    if kind.gt is not None and kind.le is not None:
        return wording.within.format(kind=name, low=f"{kind.gt:g}", high=f"{kind.le:g}")
    if kind.gt is not None:
        return wording.above.format(kind=name, low=f"{kind.gt:g}")
    if kind.ge is not None and kind.le is not None:
        return wording.between.format(kind=name, low=f"{kind.ge:g}", high=f"{kind.le:g}")
    return name


def _value(value: object, wording: Wording) -> str:
    if value is REQUIRED:
        return wording.required
    if isinstance(value, msgspec.Struct):
        return wording.below
    if value == "":
        return wording.empty
    if value in ((), {}):
        return wording.nothing
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _null(kind: inspect.Type) -> list[str]:
    kinds: Iterable[inspect.Type] = kind.types if isinstance(kind, inspect.UnionType) else ()
    return ["`null`"] if any(isinstance(one, inspect.NoneType) for one in kinds) else []


def _listed(words: list[str], wording: Wording) -> str:
    """`a`, `b` or `c`."""
    *before, last = words
    return wording.comma.join(before) + wording.alternatives + last if before else last
