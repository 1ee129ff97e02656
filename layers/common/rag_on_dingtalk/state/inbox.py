"""`inbox`: who stands in line in one session, and who was asked to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.state.tables import INBOX

if TYPE_CHECKING:
    from rag_on_dingtalk.state.client import Rows

#: More than anybody asks at once; beyond it the order of the newest is not kept.
_LONGEST_LINE = 200


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

    async def put(self, session_id: str, place: Place) -> None:
        """Take the place, or renew it."""
        await self._rows.put(
            INBOX,
            (session_id, place.asked_ms, place.turn_id),
            {"lease_until": place.lease_until, "running": place.running, "stop": place.stop},
        )

    async def leave(self, session_id: str, place: Place) -> None:
        """Give the place up."""
        await self._rows.delete(INBOX, (session_id, place.asked_ms, place.turn_id))

    async def line(self, session_id: str) -> list[Place]:
        """Everybody in the line, the one who asked first at the front."""
        found = await self._rows.range(INBOX, session_id, limit=_LONGEST_LINE)
        return [
            Place(
                asked_ms=int(key[1]),
                turn_id=str(key[2]),
                lease_until=int(columns["lease_until"]),
                running=bool(columns["running"]),
                stop=bool(columns["stop"]),
            )
            for key, columns in found
        ]
