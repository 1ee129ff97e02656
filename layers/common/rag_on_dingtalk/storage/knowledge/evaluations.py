"""Runs of golden questions that were kept, in the table `curated`: by bot and moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.tables import CURATED

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Columns, Rows

#: Of one bot. An older run is removed when a newer one is kept, for a row of this table does not expire.
_MOST = 100


class Evaluations:
    """Writes and reads them; the columns are the caller's."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def keep(self, bot: str, at_ms: int, columns: Columns) -> None:
        """Keep one run, and the newest ones beside it.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        # 13 digits until the year 2286: as texts they sort by time.
        await self._rows.put(CURATED, (_partition(bot), f"{at_ms:013d}", 0), columns)
        newest, _ = await self._rows.part(CURATED, _partition(bot), limit=_MOST + 10, backward=True)
        for key, _ in newest[_MOST:]:
            await self._rows.delete(CURATED, key)

    async def last(self, bot: str, *, most: int) -> list[Columns]:
        """The newest runs, the newest first, in one request.

        Raises:
            StateError: Tablestore could not be asked.
        """
        rows, _ = await self._rows.part(CURATED, _partition(bot), limit=most, backward=True)
        return [columns for _, columns in rows]


def _partition(bot: str) -> str:
    return f"{bot}/evaluations"
