"""Which refusals a person was told: each once in ten minutes, all of them counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.tables import COUNTERS

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Columns, Rows

AGAIN_MS = 600_000
#: Of several questions refused at the same time each counts.
_ATTEMPTS = 4


class Refusals:
    """Counts what was refused."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def tell(self, bot: str, user: str, rule: str, *, turn_id: str, now_ms: int) -> tuple[bool, int]:
        """Whether the person is to be told of this refusal, and how many there were with it.

        turn_id: the refused question's; its next attempt gets the same answer.

        Raises:
            StateError: Tablestore could not be asked.
        """
        key = (f"refused:{bot}:{user}", rule or "-")
        for _ in range(_ATTEMPTS):
            row: Columns = await self._rows.get(COUNTERS, key) or {}
            count, told_ms = int(row.get("count", 0)), int(row.get("told_ms", 0))
            if row.get("by") == turn_id:
                return True, count
            tell = now_ms - told_ms >= AGAIN_MS
            by = turn_id if tell else str(row["by"])
            told: Columns = {"count": count + 1, "told_ms": now_ms if tell else told_ms, "by": by}
            if await self._rows.put(COUNTERS, key, told, missing_or_equal("count", count)):
                return tell, count + 1
        return False, count
