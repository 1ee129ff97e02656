"""Half a character: JavaScript servers cut an emoji in two, each half in an event of its own. Pure."""

from __future__ import annotations

import json
from typing import TypeVar

import msgspec

_Part = TypeVar("_Part", bound=msgspec.Struct)

_HIGH = ("\ud800", "\udbff")


class Halves:
    """Puts the halves together again over the pieces of one text."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """The piece in whole characters; a first half at its end waits for the next piece."""
        text, self._held = self._held + piece, ""
        if text and _HIGH[0] <= text[-1] <= _HIGH[1]:
            text, self._held = text[:-1], text[-1]
        return whole(text)

    def end(self) -> str:
        """The half whose other half never came, as `?`."""
        held, self._held = self._held, ""
        return whole(held)


def whole(text: str) -> str:
    """The text with its pairs of halves joined, and `?` for a half that stands alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        pairs = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return pairs.encode("utf-8", "replace").decode()
    return text


def well_formed(part: _Part) -> _Part:
    """The part with every text in it in whole characters; nothing else can be written down or sent on."""
    try:
        msgspec.json.encode(part)
    except UnicodeEncodeError:
        said = json.loads(whole(json.dumps(msgspec.to_builtins(part), ensure_ascii=False)))
        return msgspec.convert(said, type(part))
    return part
