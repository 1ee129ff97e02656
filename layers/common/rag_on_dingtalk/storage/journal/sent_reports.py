"""Which reports are out, and the picture of one that is to be sent again: counters that are full at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.rows.conditions import missing_or_equal, there_and_equal
from rag_on_dingtalk.storage.tables import COUNTERS

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Rows


class SentReports:
    """One row a bot and last day of the report."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def begin(self, bot: str, day: str, *, by: str) -> bool:
        """Whether `by` is the one to send it.

        by: names the attempt.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        return await self._rows.update(
            COUNTERS, _key(bot, day), put={"count": 1, "by": by}, condition=missing_or_equal("by", by)
        )

    async def picture(self, bot: str, day: str) -> str:
        """The media id that an earlier attempt has kept; empty: none.

        Raises:
            StateError: Tablestore could not be asked.
        """
        return str((await self._rows.get_columns(COUNTERS, _key(bot, day), ("picture",))).get("picture", ""))

    async def refused(self, bot: str, day: str, *, by: str, picture: str) -> None:
        """DingTalk did not take it for certain: another attempt may send it, with the same picture.

        Raises:
            StateError: Tablestore did not confirm it; no one sends it then.
        """
        await self._rows.update(
            COUNTERS,
            _key(bot, day),
            put={"picture": picture} if picture else None,
            remove=("by",),
            condition=there_and_equal("by", by),
        )


def _key(bot: str, day: str) -> tuple[str, str]:
    return f"report:{bot}", day
