"""What must happen once over all instances: counters that are full at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.tables import COUNTERS

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Rows


class Once:
    """Tells the first one from all who come after."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def first(self, scope: str, window: str, *, by: str) -> bool:
        """Whether `by` is the first to come here, or comes here again.

        by: names the attempt, so that one whose answer was lost is not taken for a second.

        Raises:
            StateError: Tablestore did not confirm it; coming again tells.
        """
        return await self._rows.put(
            COUNTERS, (scope, window), {"count": 1, "by": by}, missing_or_equal("by", by)
        )
