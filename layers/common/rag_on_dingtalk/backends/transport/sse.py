"""Server-sent events as the RAG products send them: JSON in `data:` lines. No I/O.

What a server damages on the way is read as far as it can be (`rescue.py`). What cannot be read is counted in
`EventReader.damage`: a lost event may have been a part of the answer.
"""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.backends.transport.events import DONE, EVENT_LIMIT, Damage, Event
from rag_on_dingtalk.backends.transport.rescue import is_idle, read_json, rescue

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What Python needs for a string beside its characters, about, bytes.
_LINE_COST = 64
#: Fields of SSE that carry nothing that is needed here.
_IGNORED_FIELDS = frozenset(("id", "retry"))
#: Noted at a time; a body of nothing else is no stream.
_MOST_DAMAGE = 1_000
#: How often one event is tried as JSON before its blank line has come.
_MOST_TRIALS = 64
#: How an event with a JSON object begins.
_DATA = b"data: {"


class EventReader:
    """Turns body pieces, cut anywhere, into events.

    Passed over without a trace: comments, pings without data, data that is a sign of life only.
    Lines end at LF, CRLF or CR only, so U+2028 or a form feed inside an answer does not break it.

    damage: what was found since it was last emptied by the caller.
    in_event: the line being read belongs to the data of an event.
    full: an event went beyond `EVENT_LIMIT`; nothing more is read.
    """

    def __init__(self) -> None:
        utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
        self._line: list[str] = []
        self._line_size = 0
        self._data: list[str] = []
        self._data_size = 0
        self._trials = 0
        self._stray: list[str] = []
        self._stray_size = 0
        self._name = ""
        self._broken = False
        self._glued = False
        #: The last piece ended with an event, and nothing has begun since.
        self._between = False
        self.damage: list[Damage] = []
        self.full = False

    @property
    def in_event(self) -> bool:
        """An event's data, or a JSON document, has begun and is not complete."""
        begun = (self._line[0] or "".join(self._line[:8])) if self._line else ""
        return bool(self._data) or begun.startswith("data:") or bool(self._stray)

    def feed(self, piece: bytes, *, final: bool = False) -> Iterator[Event]:
        """The events that `piece` completes.

        final: nothing follows; an event without its closing blank line counts if its JSON is whole.
        """
        if self.full:
            return
        if self._between and not final and (values := _whole_events(piece)):
            for value in values:
                yield Event(value)
            return
        first, *others = self._decoder.decode(piece, final=final).split("\n")
        self._line.append(first)
        self._line_size += len(first)
        for following in others:
            yield from self._take("".join(self._line))
            self._line, self._line_size = [following], len(following)
        if final:
            yield from self._take("".join(self._line))
            yield from self._close()
        elif self._line_size + self._data_size + self._stray_size > EVENT_LIMIT:
            self._give_up()
        begun = self._line_size or self._data or self._stray or self._name
        self._between = piece.endswith(b"\n") and not begun

    def _give_up(self) -> None:
        self._note("too_large", self._line_size + self._data_size + self._stray_size)
        self._line, self._data, self._stray, self.full = [], [], [], True
        self._line_size = self._data_size = self._stray_size = 0

    def _take(self, line: str) -> Iterator[Event]:
        if not line:
            yield from self._blank()
            return
        field, colon, value = line.partition(":")
        if not field and colon:
            return
        if field == "data":
            yield from self._unstray()
            yield from self._data_line(value.removeprefix(" "))
        elif field == "event":
            yield from self._unstray()
            if self._data and (self._broken or (self._name and self._is_complete())):
                # Events one line feed apart: this name belongs to the next.
                yield from self._dispatch()
            self._name = value.strip()
        elif field not in _IGNORED_FIELDS and (field != "message" or value.strip()):
            # Flowise writes `message:`, or the word alone, before each `data:`.
            self._stray_line(line)

    def _data_line(self, value: str) -> Iterator[Event]:
        if self._data and (self._broken or self._is_complete()):
            if self._broken and self._continues(value):
                self._broken, self._glued = False, True
            else:
                name = self._name
                yield from self._dispatch()
                self._name = name
        self._data.append(value)
        self._data_size += len(value) + _LINE_COST

    def _continues(self, value: str) -> bool:
        """Whether a blank line has torn one JSON object in two."""
        return isinstance(read_json("\n".join([*self._data, value])), dict)

    def _stray_line(self, line: str) -> None:
        if self._data and (self._broken or not self._is_complete()):
            # A raw line feed inside of a string has torn the data apart.
            self._data.append(("\n" if self._broken else "") + line)
            self._data_size += len(line) + _LINE_COST
            self._broken, self._glued = False, True
        else:
            self._stray.append(line)
            self._stray_size += len(line) + _LINE_COST

    def _blank(self) -> Iterator[Event]:
        yield from self._unstray()
        if self._data and not self._broken and self._is_cut():
            # A string may hold a blank line; the next line decides.
            self._broken = True
            return
        yield from self._dispatch()

    def _is_cut(self) -> bool:
        return self._data[0].lstrip().startswith("{") and not self._data[-1].rstrip().endswith("}")

    def _close(self) -> Iterator[Event]:
        yield from self._unstray()
        yield from self._dispatch()

    def _is_complete(self) -> bool:
        """Whether the data read so far is an event of its own."""
        last = self._data[-1].rstrip()
        if not last.endswith(("}", "]")):
            return is_idle("\n".join(self._data)) if len(self._data) == 1 else False
        if self._trials >= _MOST_TRIALS:
            return False
        self._trials += 1
        data = "\n".join(self._data)
        return data.strip().endswith(DONE) or read_json(data) is not None or rescue(data, DONE).whole

    def _dispatch(self) -> Iterator[Event]:
        data, name = "\n".join(self._data), self._name
        self._data, self._data_size, self._trials, self._name = [], 0, 0, ""
        glued, self._broken, self._glued = self._glued, False, False
        if is_idle(data):
            if name == "error" and not data:
                # A blank line between the name and its data.
                self._name = name
            return
        if data.strip() == DONE:
            yield Event(DONE, name)
            return
        value = read_json(data)
        if isinstance(value, dict | list) or value == DONE:
            yield Event(value, name, repaired=glued)
            if glued:
                self._note("repaired", len(data))
            return
        found = rescue(data, DONE)
        if name == "error" and not found.values:
            yield Event({}, name, data)
            return
        # This damage comes before the events, one of which may be the last.
        self._note("repaired" if found.whole and found.values else "unreadable", len(data))
        for one in found.values:
            yield Event(one, name, repaired=True)

    def _unstray(self) -> Iterator[Event]:
        """Judge the lines that were no fields: a document, or an event whose prefix is damaged."""
        if not self._stray:
            return
        text = "\n".join(self._stray)
        self._stray, self._stray_size = [], 0
        at = text.find("{")
        found = rescue(text[at:], DONE) if at >= 0 else None
        if found is None:
            self._note("stray", len(text))
            return
        self._note("repaired" if found.whole and found.values else "unreadable", len(text))
        for one in found.values:
            if one == DONE or (isinstance(one, dict) and one):
                yield Event(one, self._name, bare=True, repaired=True)

    def _note(self, what: Literal["repaired", "unreadable", "stray", "too_large"], characters: int) -> None:
        if what == "too_large" or len(self.damage) < _MOST_DAMAGE:
            self.damage.append(Damage(what, characters))


def _whole_events(piece: bytes) -> list[dict[str, object]]:
    """The events of a piece that is nothing but whole ones, as most pieces are; empty: it is another."""
    if not (piece.startswith(_DATA) and piece.endswith(b"}\n\n")) or b"\r" in piece:
        return []
    values = []
    for event in piece[:-2].split(b"\n\n"):
        if not event.startswith(_DATA) or b"\n" in event:
            return []
        try:
            value = msgspec.json.decode(event[len(_DATA) - 1 :])
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return []
        if not value:
            return []
        values.append(value)
    return values
