"""How one server is asked and read: a preset with what the settings say otherwise."""

from __future__ import annotations

from typing import Any

import msgspec

from rag_on_dingtalk.settings.kinds.http import Call, Http, Opening, Read, Vote
from rag_on_dingtalk.settings.kinds.paths import Place, place


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """One server's way. The fields that `Http` and `Read` have, too, mean the same here.

    title: what the product is called.
    sources: a request behind the answer whose reply holds the sources.
    probe: a path that says that the server is there, and costs nothing.
    error_start: how a piece begins that is an error of the model.
    marks: what a person should not see in the text, as `fragments.mark` takes it.
    withdraws_first: a vote is taken back before another one is given.
    nothing: how an answer begins by which the product itself says that it found nothing.
    """

    title: str
    auth: str = "bearer"
    path: str = ""
    body: dict[str, Any] = msgspec.field(default_factory=dict)
    file: dict[str, Any] | None = None
    read: Read = Read()
    open: Opening | None = None
    sources: Call | None = None
    stop: Call | None = None
    rate: Vote | None = None
    probe: str = ""
    error_start: str = ""
    marks: tuple[str, ...] = ()
    withdraws_first: bool = False
    nothing: tuple[str, ...] = ()

    def places(self) -> dict[str, tuple[Place, ...]]:
        """The places by what is read there."""
        return {
            name: tuple(place(written) for written in getattr(self.read, name) or ())
            for name in Read.__struct_fields__
        }


def form_of(settings: Http, presets: dict[str, Form]) -> Form:
    """The preset, with what the settings say in its stead."""
    preset = presets[settings.preset]
    said = {
        name: value
        for name in ("auth", "path", "body", "file", "open", "stop", "rate")
        if (value := getattr(settings, name)) is not None
    }
    read = {
        name: value for name in Read.__struct_fields__ if (value := getattr(settings.read, name)) is not None
    }
    if not settings.api_key and "auth" not in said:
        said["auth"] = "none"
    form = msgspec.structs.replace(preset, **said)
    return msgspec.structs.replace(form, read=msgspec.structs.replace(preset.read, **read))
