"""Which environment variables there are: those of infra/s.yaml, and those that the code reads. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FROM_ENV = re.compile(r"env\('(\w+)'(?:, '([^']*)')?\)")
_READ = re.compile(r"(?:environ(?:\.get\(|\[)|needed\()\s*\"([A-Z_]+)\"")


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """One name.

    functions: those that are given it, as infra/s.yaml calls them.
    default: None: has to be set; empty: may stay empty. `written`: infra/s.yaml sets it by itself.
    """

    name: str
    functions: tuple[str, ...] = ()
    default: str | None = None
    written: bool = False


class Variables(msgspec.Struct, frozen=True, kw_only=True):
    """By who sets them."""

    given: tuple[Variable, ...]
    deploying: tuple[Variable, ...]
    platform: tuple[Variable, ...]


def variables(s_yaml: dict[str, Any], sources: Iterable[str]) -> Variables:
    """Every name that infra/s.yaml or a source file of ours mentions.

    s_yaml: what extends it may stand beside its resources, under a key of its own.
    """
    given: dict[str, Variable] = {}
    for function, resource in s_yaml["resources"].items():
        for name, value in resource["props"]["environmentVariables"].items():
            before = given.get(name, _given(name, str(value)))
            given[name] = msgspec.structs.replace(before, functions=(*before.functions, function))
    deploying = {
        asked[1]: Variable(name=asked[1], default=asked[2])
        for text in _strings(s_yaml)
        for asked in _FROM_ENV.finditer(text)
        if asked[1] not in given
    }
    read = {name for source in sources for name in _READ.findall(source)}
    return Variables(
        given=tuple(given.values()),
        deploying=tuple(deploying.values()),
        platform=tuple(
            Variable(name=name, default="") for name in sorted(read) if name not in {*given, *deploying}
        ),
    )


def _given(name: str, value: str) -> Variable:
    if asked := _FROM_ENV.fullmatch(value.removeprefix("${").removesuffix("}")):
        return Variable(name=name, default=asked[2])
    return Variable(name=name, written=True)


def _strings(node: Any) -> Iterator[str]:
    """Every text outside of environmentVariables."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key != "environmentVariables":
                yield from _strings(value)
    elif isinstance(node, list):
        for one in node:
            yield from _strings(one)
    elif isinstance(node, str):
        yield node
