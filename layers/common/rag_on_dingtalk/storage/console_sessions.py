"""`console_sessions`: who is signed in to the console. The cookie says the rest; a row can be revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.tables import CONSOLE_SESSIONS

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Rows

#: Of one person at once; more are not shown and not ended together.
MOST = 50


class ConsoleSessions:
    """Begins and ends sessions."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def begin(self, user: str, session: str, *, now_ms: int) -> None:
        """From now on the session holds.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        await self._rows.put(CONSOLE_SESSIONS, (user, session), {"started_ms": now_ms})

    async def holds(self, user: str, session: str) -> bool:
        """Whether it was begun and not ended.

        Raises:
            StateError: Tablestore could not be asked.
        """
        return await self._rows.get(CONSOLE_SESSIONS, (user, session)) is not None

    async def end(self, user: str, session: str) -> None:
        """End one.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        await self._rows.delete(CONSOLE_SESSIONS, (user, session))

    async def end_all(self, user: str) -> int:
        """End all of a person's, and say how many there were.

        Raises:
            StateError: Tablestore did not confirm it; the same call again ends the rest.
        """
        found = await self._rows.range(CONSOLE_SESSIONS, user, limit=MOST)
        for key, _ in found:
            await self._rows.delete(CONSOLE_SESSIONS, key)
        return len(found)
