"""`grants`: rights that end, kept after their end for those who look back.

Each is written twice in one request: for the person or for all departments, which decisions read, and into
the bot's own list, which only pages and `/grants` read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.access import Grant
from rag_on_dingtalk.storage.rows.changes import Put
from rag_on_dingtalk.storage.tables import GRANTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rag_on_dingtalk.storage.rows.client import Columns, Rows, Value

#: Read for one person: more living rights at once are not counted. Those that end last come first.
MOST_LIVING = 40
_PAGE = 200
#: More people than this are looked for in the bot's list.
_ONE_BY_ONE = 20
#: In place of a person: no staff id begins like these.
_EVERYONE, _DEPARTMENTS = "*", "#"
#: A millisecond after every grant's end, so that a later end sorts first.
_END_OF_TIME = 10**15 - 1


class Grants:
    """Every bot's grants."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def of(self, bot: str, user: str) -> tuple[Grant, ...]:
        """The person's grants, the ones that end last first, in one request; ended ones are among them.

        Raises:
            StateError: Tablestore could not be asked.
        """
        rows = await self._rows.range(GRANTS, _subject(bot, user), limit=MOST_LIVING)
        return tuple(_grant(row) for _, row in rows)

    async def of_departments(self, bot: str) -> tuple[Grant, ...]:
        """The bot's grants to departments, as `of` reads those of a person.

        Raises:
            StateError: Tablestore could not be asked.
        """
        rows = await self._rows.range(GRANTS, _subject(bot, _DEPARTMENTS), limit=MOST_LIVING)
        return tuple(_grant(row) for _, row in rows)

    async def give(self, grant: Grant) -> None:
        """Store it; the same one again changes nothing.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        await self._write(grant, _columns(grant))

    async def end(self, grant: Grant, *, now_ms: int, by: str) -> None:
        """End a grant now; its row stays.

        by: the staff id of the owner who took it back.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        ended = msgspec.structs.replace(grant, until_ms=min(grant.until_ms, now_ms))
        await self._write(grant, {**_columns(ended), "ended_by": by})

    async def living(self, bot: str, now_ms: int) -> tuple[Grant, ...]:
        """All of a bot's that live at this moment, the one that ends last first; 200 at most, in one request.

        Raises:
            StateError: Tablestore could not be asked.
        """
        # Keys of what ends later come first; what has ended lies behind this one.
        until = (f"{_END_OF_TIME - now_ms:015d}",)
        rows, _ = await self._rows.part(GRANTS, _subject(bot, _EVERYONE), limit=_PAGE, until=until)
        return tuple(grant for _, row in rows if (grant := _grant(row)).lives(now_ms))

    async def of_people(self, bot: str, users: Collection[str], now_ms: int) -> list[Grant]:
        """All grants of these people that live at this moment or later.

        Of a few people those of each are read, of more the bot's own list: the number of requests does not
        grow with them.

        Raises:
            StateError: Tablestore could not be asked.
        """
        subjects = users if len(users) <= _ONE_BY_ONE else (_EVERYONE,)
        wanted, found = frozenset(users), list[Grant]()
        for subject in subjects:
            at, until = tuple[str | int, ...](), (f"{_END_OF_TIME - now_ms:015d}",)
            while True:
                rows, at = await self._rows.part(
                    GRANTS, _subject(bot, subject), limit=_PAGE, at=at, until=until
                )
                grants = [_grant(row) for _, row in rows]
                found += [one for one in grants if one.user in wanted and one.until_ms > now_ms]
                if not at:
                    break
        return found

    async def listed(self, bot: str, grant_id: str) -> Grant | None:
        """One of the bot's, by the last part of its key in the list; None: there is none.

        Raises:
            StateError: Tablestore could not be asked.
        """
        row = await self._rows.get(GRANTS, (_subject(bot, _EVERYONE), grant_id))
        return None if row is None else _grant(row)

    async def _write(self, grant: Grant, columns: Columns) -> None:
        subjects = (grant.user or _DEPARTMENTS, _EVERYONE)
        puts = [
            Put(table=GRANTS, key=(_subject(grant.bot, subject), list_key(grant)), columns=columns)
            for subject in subjects
        ]
        if failed := await self._rows.write_all(puts):
            raise StateError(failed[0].rpartition(" ")[2], "a grant was not written")


def list_key(grant: Grant) -> str:
    """The last part of its key: what ends later comes first."""
    return f"{_END_OF_TIME - grant.until_ms:015d}-{grant.id}"


def _subject(bot: str, user: str) -> str:
    return f"{user}@{bot}"


def _columns(grant: Grant) -> Columns:
    return {
        "id": grant.id,
        "bot": grant.bot,
        "user": grant.user,
        "route": grant.route,
        "from_ms": grant.from_ms,
        "until_ms": grant.until_ms,
        "granted_by": grant.granted_by,
        "why": grant.why,
        "requested": grant.requested,
        "department": grant.department,
    }


def _grant(row: Mapping[str, Value]) -> Grant:
    return Grant(
        id=str(row["id"]),
        bot=str(row["bot"]),
        user=str(row["user"]),
        route=str(row["route"]),
        from_ms=int(row["from_ms"]),
        until_ms=int(row["until_ms"]),
        granted_by=str(row["granted_by"]),
        why=str(row["why"]),
        requested=bool(row["requested"]),
        department=int(row.get("department", 0)),
    )
