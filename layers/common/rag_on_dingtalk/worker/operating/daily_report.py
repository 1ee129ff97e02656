"""Task of housekeeping: yesterday's report at nine in China, once, to the operators' group."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.observability.days import DAY_MS, day_of
from rag_on_dingtalk.storage.journal.reports import report_of
from rag_on_dingtalk.worker.operating.channel import OperatorChannel

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.rows.client import Rows
    from rag_on_dingtalk.storage.shared.once import Once
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes

_NINE = 9
#: A report that could not be sent by then waits for the next day.
_UNTIL = 12
_MONDAY = 0
_WEEK = 7


class DailyReport:
    """Sends each bot's report."""

    def __init__(self, rows: Rows, once: Once, bots: BotRuntimes, log: LogLine) -> None:
        self._rows = rows
        self._once = once
        self._bots = bots
        self._log = log

    async def __call__(self, name: str, bot: Bot, now_ms: int) -> None:
        """Send it, when it is time.

        Raises:
            StateError: Tablestore could not be asked; the next round tries again.
            BotError: it was not sent.
        """
        now = datetime.fromtimestamp(now_ms / 1000, BEIJING)
        wanted = bot.operations.report
        due = wanted == "daily" or (wanted == "weekly" and now.weekday() == _MONDAY)
        if not bot.operations.group or not due or not _NINE <= now.hour < _UNTIL:
            return
        days = 1 if wanted == "daily" else _WEEK
        first, last = day_of(now_ms - days * DAY_MS), day_of(now_ms - DAY_MS)
        # Made before it is claimed: a report that cannot be read is tried again.
        markdown = await report_of(self._rows, name, bot, first=first, last=last, now_ms=now_ms)
        if not await self._once.first(f"report:{name}", last, by=uuid.uuid4().hex):
            return
        try:
            await OperatorChannel(await self._bots.get(name)).message(markdown)
        except DingTalkError as error:
            self._log("report_not_sent", level="ERROR", bot=name, error=str(error))
            return
        self._log("report_sent", bot=name, day=last)
