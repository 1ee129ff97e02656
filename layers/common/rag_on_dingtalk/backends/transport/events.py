"""What a body is read into: events, and what was damaged on the way; every reader gives the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

#: OpenAI's last word.
DONE = "[DONE]"
#: Longest event, characters: a picture in base64 fits. A longer one is taken to have no end.
EVENT_LIMIT = 8 * 1024 * 1024


class Event(msgspec.Struct, frozen=True):
    """One event.

    data: a JSON object or array, or `DONE`.
    name: of its `event:` line, if there was one.
    words: what an `error` event says in plain text; `data` is an empty object then.
    bare: it came without `data:`, as a document does that is no stream.
    repaired: it was read with more leniency than JSON allows.
    """

    data: Any
    name: str = ""
    words: str = ""
    bare: bool = False
    repaired: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """The data's members; none when it is no object."""
        return self.data if isinstance(self.data, dict) else {}


class Damage(msgspec.Struct, frozen=True):
    """Something in the stream that was not as documented; holds no word of it.

    what: `repaired` (read all the same), `unreadable` (an event was lost), `stray` (a line that is no field),
        `too_large` (reading has stopped).
    characters: how long it was.
    """

    what: Literal["repaired", "unreadable", "stray", "too_large"]
    characters: int

    @property
    def lost(self) -> bool:
        """A part of the answer may be missing."""
        return self.what in {"unreadable", "too_large"}


class Reader(Protocol):
    """Turns body pieces, cut anywhere, into events.

    damage: what was found since it was last emptied by the caller.
    in_event: an event has begun and is not complete.
    full: an event went beyond `EVENT_LIMIT`; nothing more is read.
    """

    damage: list[Damage]

    @property
    def in_event(self) -> bool:
        """See above."""
        ...

    @property
    def full(self) -> bool:
        """See above."""
        ...

    def feed(self, piece: bytes, *, final: bool = False) -> Iterator[Event]:
        """The events that `piece` completes; final: nothing follows."""
        ...
