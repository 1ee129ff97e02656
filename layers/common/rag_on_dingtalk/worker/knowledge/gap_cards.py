"""Task of housekeeping: with the daily report the heaviest gaps come as cards."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.observability.days import day_of

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.shared.once import Once
    from rag_on_dingtalk.worker.knowledge.gap_desk import GapDesk

_FROM, _UNTIL = 9, 12


class GapCards:
    """Shows each bot's gaps, once a day."""

    def __init__(self, gaps: GapDesk, once: Once) -> None:
        self._gaps = gaps
        self._once = once

    async def __call__(self, name: str, bot: Bot, now_ms: int) -> None:
        """Show them, when it is time.

        Raises:
            BotError: they were not shown; what is missing comes tomorrow.
        """
        hour = datetime.fromtimestamp(now_ms / 1000, BEIJING).hour
        if not bot.gaps.cards or not _FROM <= hour < _UNTIL:
            return
        if await self._once.first(f"gaps:{name}", day_of(now_ms), by=uuid.uuid4().hex):
            await self._gaps.show(name, now_ms, most=bot.gaps.cards)
