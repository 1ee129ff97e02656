"""`console_sessions`: who is signed in to the console. The cookie says the rest; a row can be revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.changes import Delete
from rag_on_dingtalk.storage.tables import CONSOLE_SESSIONS

if TYPE_CHECKING:
    from collections.abc import Collection

    from rag_on_dingtalk.storage.rows.client import Key, Rows

#: Of one person at once; more are not shown and not ended together.
MOST = 50
#: Rows of one request.
_PAGE = 200
#: More people than this are looked for in the whole table.
_ONE_BY_ONE = 20


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

    async def end_all_of(self, users: Collection[str]) -> int:
        """End all sessions of these people, however many each has, and say how many there were.

        Of a few people those of each are read, of more the whole table: it has a day's administrators.

        Raises:
            StateError: as for `end_all`.
        """
        wanted = frozenset(users)
        found: list[Key] = []
        if len(wanted) > _ONE_BY_ONE:
            rows = self._rows.scan(CONSOLE_SESSIONS, page=_PAGE)
            found = [key async for key, _ in rows if key[0] in wanted]
        else:
            for user in sorted(wanted):
                own = self._rows.span(CONSOLE_SESSIONS, (user,), (f"{user}\0",), page=_PAGE)
                found += [key async for key, _ in own]
        for first in range(0, len(found), _PAGE):
            ended = [Delete(table=CONSOLE_SESSIONS, key=tuple(key)) for key in found[first : first + _PAGE]]
            if failed := await self._rows.write_all(ended):
                raise StateError(failed[0].rpartition(" ")[2], "a session of the console was not ended")
        return len(found)
