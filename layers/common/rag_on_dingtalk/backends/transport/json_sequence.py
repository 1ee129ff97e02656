"""JSON values one after the other, as some products stream them: a line each, or glued together. No I/O.

n8n says `application/json` and sends objects without anything between them, LightRAG sends a line each,
Langflow puts a blank line between them; a document that is no stream is one value.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.transport.events import DONE, EVENT_LIMIT, Damage, Event
from rag_on_dingtalk.backends.transport.rescue import is_idle, read_json, rescue
from rag_on_dingtalk.backends.transport.sse import EventReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from rag_on_dingtalk.backends.transport.events import Reader

#: Below this a value is tried whenever it may have ended, characters.
_SMALL = 20_000
_MOST_DAMAGE = 1_000

_DECODER = json.JSONDecoder(strict=False)
#: The first line that tells what the body is: JSON, a field of an event stream, a tag of a page.
_TELLING = re.compile(
    rb"^[ \t]*(?:(?P<json>[{\[])|<|:|(?:data|event|id|retry):|message:?[\r\n])", re.MULTILINE
)
#: How a line of an event stream begins.
_FIELDS = ("data:", "event:", "message:\n", "message\n")
_LINE_ENDS = ("}\n", "]\n", "}\r\n", "]\r\n")
_BETWEEN = " \t\r\n,;\x1e\ufeff"


class JsonReader:
    """See `Reader`. Each value is an event; a line that is none and becomes none is damage."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text = ""
        self._waiting: list[str] = []
        self._size = 0
        self._tried = 0
        self._searched = 0
        self.damage: list[Damage] = []
        self.full = False

    @property
    def in_event(self) -> bool:
        """See `Reader`."""
        return bool(self._text or self._waiting)

    @property
    def pending(self) -> str:
        """What has come of the next value."""
        return self._text

    def feed(self, piece: bytes, *, final: bool = False) -> Iterator[Event]:
        """See `Reader`."""
        if self.full:
            return
        piece_text = self._decoder.decode(piece, final)
        self._waiting.append(piece_text)
        self._size += len(piece_text)
        if self._size > EVENT_LIMIT:
            self._note("too_large", self._size)
            self._text, self._waiting, self.full = "", [], True
            return
        if not final and self._must_wait(piece_text):
            return
        self._text, self._waiting = "".join([self._text, *self._waiting]), []
        yield from self._whole_values()
        while "\n" in self._text and (at := self._next_value()) >= 0:
            # A value begins on a later line, so what is before it stays what it is.
            yield from self._salvage(self._text[:at])
            self._rest(at)
            yield from self._whole_values()
        if final:
            self._tried = 0
            yield from self._whole_values()
            yield from self._salvage(self._text)
            self._text = ""
        self._size = len(self._text)

    def _must_wait(self, piece: str) -> bool:
        """Whether the value that is being read cannot be complete yet: joining its pieces costs time."""
        if not self._tried or "\n" in piece:
            return False
        grown = self._size > self._tried * 3 // 2 or self._size < _SMALL
        return not (grown and ("}" in piece or "]" in piece))

    def _whole_values(self) -> Iterator[Event]:
        while True:
            if self._text[:1] in _BETWEEN:
                self._text = self._text.lstrip(_BETWEEN)
                self._searched = 0
            # A value that is not complete is tried again only when it may have ended, and has grown by half:
            # the work stays linear in its length.
            size = len(self._text)
            if not size or self._text[0] not in "{[" or (self._tried and not self._may_have_ended(size)):
                return
            try:
                value, end = _DECODER.raw_decode(self._text)
            except (ValueError, RecursionError):
                self._tried = size
                return
            self._rest(end)
            if isinstance(value, dict | list):
                yield Event(value)

    def _rest(self, at: int) -> None:
        self._text, self._tried, self._searched = self._text[at:], 0, 0

    def _may_have_ended(self, size: int) -> bool:
        if self._text.endswith(_LINE_ENDS):
            return True
        tail = self._text[self._tried :]
        return ("}" in tail or "]" in tail) and (size > self._tried * 3 // 2 or size < _SMALL)

    def _next_value(self) -> int:
        """Where on a later line a whole value begins; -1 without any."""
        if self._is_pretty():
            # The lines are parts of one document.
            return -1
        at = self._text.find("\n", self._searched) + 1
        while at > 0:
            line_end = self._text.find("\n", at)
            line = self._text[at : len(self._text) if line_end < 0 else line_end].strip()
            if line.startswith("{") and line.endswith("}") and isinstance(read_json(line), dict):
                return at
            if line_end < 0:
                # Its end has yet to come.
                break
            self._searched = line_end
            at = line_end + 1
        return -1

    def _is_pretty(self) -> bool:
        return self._text.partition("\n")[0].strip() in {"{", "["}

    def _salvage(self, text: str) -> Iterator[Event]:
        text = text.strip(_BETWEEN)
        if not text or text == DONE or is_idle(text):
            return
        found = rescue(text, DONE)
        self._note("repaired" if found.whole and found.values else "unreadable", len(text))
        for one in found.values:
            yield Event(one, repaired=True)

    def _note(self, what: Literal["repaired", "unreadable", "stray", "too_large"], characters: int) -> None:
        if what == "too_large" or len(self.damage) < _MOST_DAMAGE:
            self.damage.append(Damage(what, characters))


class AnyReader:
    """See `Reader`. The first line that tells decides: a bracket begins JSON, else it is an event stream."""

    def __init__(self) -> None:
        self._begun = b""
        self._chosen: Reader | None = None
        self._damage: list[Damage] = []

    @property
    def damage(self) -> list[Damage]:
        """See `Reader`."""
        return self._damage if self._chosen is None else self._chosen.damage

    @damage.setter
    def damage(self, damage: list[Damage]) -> None:
        if self._chosen is not None:
            self._chosen.damage = damage

    @property
    def in_event(self) -> bool:
        """See `Reader`."""
        return self._chosen is not None and self._chosen.in_event

    @property
    def full(self) -> bool:
        """See `Reader`."""
        return self._chosen is not None and self._chosen.full

    def feed(self, piece: bytes, *, final: bool = False) -> Iterator[Event]:
        """See `Reader`."""
        if self._chosen is None:
            self._begun += piece
            told = _TELLING.search(self._begun.removeprefix(codecs.BOM_UTF8))
            if not (told or final) and len(self._begun) < _SMALL:
                return
            piece, self._begun = self._begun, b""
            self._chosen = JsonReader() if told and told["json"] else EventReader()
        chosen = self._chosen
        if not isinstance(chosen, JsonReader):
            yield from chosen.feed(piece, final=final)
            return
        yield from chosen.feed(piece)
        if chosen.pending.startswith(_FIELDS):
            # It was an event whose prefix was lost.
            self._chosen, rest = EventReader(), chosen.pending.encode()
            self._chosen.damage = chosen.damage
            yield from self._chosen.feed(rest, final=final)
        elif final:
            yield from chosen.feed(b"", final=True)
