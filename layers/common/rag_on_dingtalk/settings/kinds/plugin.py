"""A backend from a package of one's own, as settings."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from rag_on_dingtalk.settings.kinds.base import Connection, ReasoningStart, Timeouts
from rag_on_dingtalk.settings.strict import Strict

#: How `kind` begins that names one: `python:package.module:Factory`.
PREFIX = "python:"

_FACTORY = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


class Plugin(Strict, frozen=True, kw_only=True, tag="python", tag_field="kind"):
    """A backend from a package of your own: `kind: "python:package.module:Factory"`.

    factory: the part of `kind` behind `python:`.
    base_url: the server's address, where there is one; what an answer names below it is fetched.
    api_key: where the key is, where there is one.
    settings: the plug-in's own settings; in `bots.yaml` they stand beside the others.
    no_answer: how an answer begins that says that the documents hold nothing, as the prompt puts it.
    reasoning: `starts_open` for a model that begins every answer with its reasoning and no opening mark:
        nothing is shown before the closing one.
    """

    factory: str
    base_url: str = ""
    api_key: str = ""
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    no_answer: tuple[str, ...] = ()
    reasoning: ReasoningStart = "marked"
    timeouts: Timeouts = Timeouts()
    connection: Connection = Connection()

    def __post_init__(self) -> None:
        """It must name an object of a module."""
        check_factory(self.factory)


def check_factory(factory: str) -> None:
    """Raises ValueError for what cannot be the name of a module's object."""
    if not _FACTORY.fullmatch(factory):
        raise ValueError(f"{PREFIX}{factory} names no plug-in. Write it like python:package.module:Factory")


def spread(written: dict[str, Any], struct: type[msgspec.Struct]) -> dict[str, Any]:
    """What `bots.yaml` says of a plug-in, as `struct` has it: its own settings apart from those of all."""
    common = frozenset(struct.__struct_fields__) - {"factory", "settings"}
    shared = {name: value for name, value in written.items() if name in common}
    own = {name: value for name, value in written.items() if name not in common and name != "kind"}
    factory = str(written["kind"]).removeprefix(PREFIX)
    return {**shared, "kind": "python", "factory": factory, "settings": own}
