"""Server-sent events as the RAG products send them: JSON in `data:` lines. No I/O."""

from __future__ import annotations

import codecs
import io
import json
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

#: OpenAI's last word.
DONE = "[DONE]"


class Event(msgspec.Struct, frozen=True):
    """One event.

    data: a JSON object or array, or `DONE`.
    name: of its `event:` line, if there was one.
    """

    data: Any
    name: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        """The data's members; none when it is no object."""
        return self.data if isinstance(self.data, dict) else {}


class EventReader:
    """Turns body pieces, cut anywhere, into events.

    Everything else is passed over: comments, pings without data, data that is neither JSON object nor array.
    Lines end at LF, CRLF or CR only, so U+2028 or a form feed inside an answer does not break it.
    """

    def __init__(self) -> None:
        utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
        self._line: list[str] = []
        self._data: list[str] = []
        self._name = ""

    def feed(self, piece: bytes, *, final: bool = False) -> Iterator[Event]:
        """The events that `piece` completes.

        final: nothing follows; an event without its closing blank line counts if its JSON is whole.
        """
        first, *others = self._decoder.decode(piece, final=final).split("\n")
        self._line.append(first)
        for following in others:
            yield from self._take("".join(self._line))
            self._line = [following]
        if final:
            yield from self._take("".join(self._line))
            yield from self._take("")

    def _take(self, line: str) -> Iterator[Event]:
        if not line:
            data, name = "\n".join(self._data), self._name
            self._data, self._name = [], ""
            value = DONE if data.strip() == DONE else _json(data)
            if value == DONE or isinstance(value, dict | list):
                yield Event(value, name)
            return
        field, _, value = line.partition(":")
        if field == "data":
            self._data.append(value.removeprefix(" "))
        elif field == "event":
            self._name = value.strip()


def _json(data: str) -> object:
    if not data:
        return None
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return _almost_json(data)


def _almost_json(data: str) -> object:
    # Python servers write NaN for a missing score, JavaScript servers write half a surrogate pair where they
    # cut an emoji in two: neither is JSON, neither is worth losing the event.
    try:
        lenient = json.dumps(json.loads(data), ensure_ascii=False)
        return json.loads(lenient.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
