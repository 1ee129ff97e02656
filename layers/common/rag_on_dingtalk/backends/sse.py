"""Server-sent events as the RAG products send them: JSON objects in `data:` lines. No I/O."""

from __future__ import annotations

import codecs
import io
import json
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

Event = dict[str, Any]


class EventReader:
    """Turns body pieces, cut anywhere, into the JSON objects of their events.

    Everything else is passed over: comments, pings without data, `event:` names, data that is no JSON object.
    Lines end at LF, CRLF or CR only, so U+2028 or a form feed inside an answer does not break it.
    """

    def __init__(self) -> None:
        utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
        self._line: list[str] = []
        self._data: list[str] = []

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
            data, self._data = "\n".join(self._data), []
            event = _object(data)
            if event is not None:
                yield event
            return
        field, _, value = line.partition(":")
        if field == "data":
            self._data.append(value.removeprefix(" "))


def _object(data: str) -> Event | None:
    if not data:
        return None
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        value = _almost_json(data)
    return value if isinstance(value, dict) else None


def _almost_json(data: str) -> object:
    # Python servers write NaN for a missing score, JavaScript servers write half a surrogate pair where they
    # cut an emoji in two: neither is JSON, neither is worth losing the event.
    try:
        lenient = json.dumps(json.loads(data), ensure_ascii=False)
        return json.loads(lenient.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
