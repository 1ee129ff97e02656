"""`curated`: answers written by people, every version of each, and which one lives; and what became of gaps.

An answer's rows are `(bot, id, 0)`, its head, and `(bot, id, n)`, its versions, which are never changed. A
row of its own holds a number that each change raises, so that an instance reads all of it only then. A
version that the console has published has a row until its askers are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.changes import Put
from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.tables import CURATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.storage.rows.client import Columns, Rows

_HEAD = 0
#: The second part of the keys of which there is one for each bot.
_ONLY = "-"
#: Of one look; the next ones come with the next look.
_MOST_UNTOLD = 20


class CuratedRows:
    """Reads and writes the table; the columns are the caller's."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def stamp(self, bot: str) -> int:
        """The number that every change raises; 0 before the first.

        Raises:
            StateError: Tablestore could not be asked; so with every method here.
        """
        row = await self._rows.get(CURATED, _stamp(bot))
        return 0 if row is None else int(row["changes"])

    async def changed(self, bot: str) -> None:
        """Raise the number: what was written before this is read by every instance within its time."""
        await self._rows.update(CURATED, _stamp(bot), add={"changes": 1})

    async def all(self, bot: str) -> list[tuple[str, int, Columns]]:
        """Every head and version of a bot: id, version (0: the head), columns."""
        rows = self._rows.span(CURATED, (bot,), (f"{bot}\0",))
        return [(str(key[1]), int(key[2]), columns) async for key, columns in rows]

    async def some(self, bot: str, *, at: str, most: int) -> tuple[list[tuple[str, int, Columns]], str]:
        """As `all`, `most` rows in one request, from the id `at` on; and the id where it goes on, or none."""
        rows, following = await self._rows.part(CURATED, bot, limit=most, at=(at,) if at else ())
        return [(str(key[1]), int(key[2]), columns) for key, columns in rows], str(next(iter(following), ""))

    async def of(self, bot: str, id_: str) -> list[tuple[int, Columns]]:
        """The head and the versions of one answer."""
        rows = self._rows.span(CURATED, (bot, id_), (bot, f"{id_}\0"))
        return [(int(key[2]), columns) async for key, columns in rows]

    async def add_version(self, bot: str, id_: str, version: int, columns: Columns) -> bool:
        """Write a version that is not there yet; False when there is another one."""
        return await self._rows.put_new(Put(table=CURATED, key=(bot, id_, version), columns=columns))

    async def change_head(self, bot: str, id_: str, columns: Columns, *, number: int) -> bool:
        """Replace the head; False when another change came first.

        number: of the head that was read, 0 for none; the new one has the next.
        """
        columns = {**columns, "number": number + 1}
        return await self._rows.put(CURATED, (bot, id_, _HEAD), columns, missing_or_equal("number", number))

    async def gaps(self, bot: str) -> dict[str, Columns]:
        """What is known of a bot's gaps, by their ids."""
        start, end = (f"{bot}/gaps",), (f"{bot}/gaps\0",)
        return {str(key[1]): columns async for key, columns in self._rows.span(CURATED, start, end)}

    async def some_gaps(self, bot: str, *, most: int) -> tuple[dict[str, Columns], bool]:
        """As `gaps`, `most` of them in one request; and whether these are all."""
        rows, following = await self._rows.part(CURATED, f"{bot}/gaps", limit=most)
        return {str(key[1]): columns for key, columns in rows}, not following

    async def gaps_of(self, bot: str, ids: Sequence[str]) -> dict[str, Columns]:
        """As `gaps`, of these ids, up to 100, in one request."""
        found = await self._rows.get_many(CURATED, [(f"{bot}/gaps", id_, _HEAD) for id_ in ids])
        return {id_: columns for id_, columns in zip(ids, found, strict=True) if columns is not None}

    async def closed_gaps(self, bot: str) -> tuple[str, ...]:
        """The questions of the gaps that were filled or ignored; none where the table is missing."""
        try:
            rows = await self.gaps(bot)
        except StateError as error:
            if error.code != "OTSObjectNotExist":
                raise
            return ()
        found = (msgspec.json.decode(str(row.get("content", "{}"))) for row in rows.values())
        return tuple(str(gap["question"]) for gap in found if gap.get("state", "open") != "open")

    async def gap(self, bot: str, id_: str) -> Columns | None:
        """One gap."""
        return await self._rows.get(CURATED, (f"{bot}/gaps", id_, _HEAD))

    async def note_gap(self, bot: str, id_: str, columns: Columns) -> None:
        """Write what is known of a gap."""
        await self._rows.put(CURATED, (f"{bot}/gaps", id_, _HEAD), columns)

    async def tell_later(self, bot: str, id_: str, version: int, *, at_ms: int) -> None:
        """Note that the askers of a version that was published are still to be told."""
        await self._rows.put(CURATED, (_untold(bot), id_, version), {"at_ms": at_ms})

    async def untold(self, bot: str) -> list[tuple[str, int, int]]:
        """Versions whose askers are still to be told, some of them: id, version, when it was published."""
        rows, _ = await self._rows.part(CURATED, _untold(bot), limit=_MOST_UNTOLD)
        return [(str(key[1]), int(key[2]), int(columns["at_ms"])) for key, columns in rows]

    async def told(self, bot: str, id_: str, version: int) -> None:
        """Forget it: they have been told."""
        await self._rows.delete(CURATED, (_untold(bot), id_, version))


def _untold(bot: str) -> str:
    return f"{bot}/untold"


def _stamp(bot: str) -> tuple[str, str, int]:
    return (f"{bot}/changes", _ONLY, _HEAD)
