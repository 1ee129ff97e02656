"""`inbox`: who stands in line in one session, and who was asked to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.state.conditions import missing_or_equal, there_and_equal
from rag_on_dingtalk.state.tables import INBOX

if TYPE_CHECKING:
    from rag_on_dingtalk.state.client import Columns, Key, Rows

#: More than anybody asks at once; beyond it the order of the newest is not kept.
_LONGEST_LINE = 200

#: Of the whole inbox, at a time.
_LOOKED_THROUGH = 1_000


class Place(msgspec.Struct, frozen=True):
    """A question's place in the line of its session.

    lease_until: until when somebody keeps it, in milliseconds since the epoch; after that it is nobody's.
    running: it is being answered, as opposed to waiting.
    stop: the person no longer wants the answer.
    """

    asked_ms: int
    turn_id: str
    lease_until: int = 0
    running: bool = False
    stop: bool = False

    @property
    def order(self) -> tuple[int, str]:
        """Who asked earlier is answered earlier."""
        return self.asked_ms, self.turn_id


class Inbox:
    """The line of each session."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def put(self, session_id: str, place: Place) -> bool:
        """Take the place, or renew it; False when somebody asked it to stop and `place` does not say so."""
        unstopped = None if place.stop else missing_or_equal("stop", value=False)
        return await self._rows.put(INBOX, _key(session_id, place), _columns(place), unstopped)

    async def ask_to_stop(self, session_id: str, place: Place) -> bool:
        """Mark the place; False when it has been given up or renewed since it was looked at."""
        asked = msgspec.structs.replace(place, stop=True)
        unchanged = there_and_equal("lease_until", place.lease_until)
        return await self._rows.put(INBOX, _key(session_id, place), _columns(asked), unchanged)

    async def leave(self, session_id: str, place: Place) -> None:
        """Give the place up."""
        await self._rows.delete(INBOX, _key(session_id, place))

    async def line(self, session_id: str) -> list[Place]:
        """Everybody in the line, the one who asked first at the front."""
        found = await self._rows.range(INBOX, session_id, limit=_LONGEST_LINE)
        return [_place(key, columns) for key, columns in found]

    async def abandoned(self, before_ms: int) -> list[tuple[str, Place]]:
        """Places whose lease ended before that, with their session: their owners died and nobody came back.

        The inbox holds only unfinished questions, so looking through all of it is cheap.
        """
        found = await self._rows.scan(INBOX, limit=_LOOKED_THROUGH)
        places = [(str(key[0]), _place(key, columns)) for key, columns in found]
        return [(session_id, place) for session_id, place in places if place.lease_until < before_ms]


def _key(session_id: str, place: Place) -> Key:
    return session_id, place.asked_ms, place.turn_id


def _columns(place: Place) -> Columns:
    return {"lease_until": place.lease_until, "running": place.running, "stop": place.stop}


def _place(key: Key, columns: Columns) -> Place:
    return Place(
        asked_ms=int(key[1]),
        turn_id=str(key[2]),
        lease_until=int(columns["lease_until"]),
        running=bool(columns["running"]),
        stop=bool(columns["stop"]),
    )
