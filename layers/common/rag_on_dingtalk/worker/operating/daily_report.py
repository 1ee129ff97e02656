"""Task of housekeeping: yesterday's report at nine in China, once, to the operators' group."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.errors import DingTalkError, StateError
from rag_on_dingtalk.observability.days import DAY_MS, day_of
from rag_on_dingtalk.observability.report.picture import picture_of
from rag_on_dingtalk.storage.journal.reports import report_of
from rag_on_dingtalk.storage.journal.sent_reports import SentReports
from rag_on_dingtalk.worker.operating.channel import OperatorChannel

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.reports import Report
    from rag_on_dingtalk.storage.rows.client import Rows
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes

_NINE = 9
#: A report that could not be sent by then waits for the next day.
_UNTIL = 12
_MONDAY = 0
_WEEK = 7


class DailyReport:
    """Sends each bot's report."""

    def __init__(self, rows: Rows, bots: BotRuntimes, log: LogLine) -> None:
        self._rows = rows
        self._sent = SentReports(rows)
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
        report = await report_of(self._rows, name, bot, first=first, last=last, now_ms=now_ms)
        channel, attempt = OperatorChannel(await self._bots.get(name)), uuid.uuid4().hex
        if not await self._sent.begin(name, last, by=attempt):
            return
        picture = await self._picture(channel, name, last, report) if report.day.asked else ""
        try:
            await channel.message(report.markdown(picture))
        except DingTalkError as error:
            self._log("report_not_sent", level="ERROR", bot=name, error=str(error))
            if error.throttled and not error.after_doubt:
                # It is not in the group for certain: the next round sends it, with the same picture.
                await self._sent.refused(name, last, by=attempt, picture=picture)
            return
        self._log("report_sent", bot=name, day=last)

    async def _picture(self, channel: OperatorChannel, name: str, last: str, report: Report) -> str:
        """The media id of the report's bars; empty: it goes out without them."""
        try:
            kept = await self._sent.picture(name, last)
            return kept or await channel.picture(f"questions-{last}.png", picture_of(report.day.bars))
        except (DingTalkError, StateError) as error:
            self._log("report_without_picture", level="WARNING", bot=name, error=str(error))
            return ""
