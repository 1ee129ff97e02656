"""What a bot's administrators are told, once over all instances: quotas that run out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.answering.pacing import Level
from rag_on_dingtalk.dingtalk.broadcast import send_to_people
from rag_on_dingtalk.errors import DingTalkError, StateError
from rag_on_dingtalk.messages import Texts
from rag_on_dingtalk.state.counters import day_of
from rag_on_dingtalk.telemetry.lines import bound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rag_on_dingtalk.answering.parties import Servant
    from rag_on_dingtalk.model import Notice
    from rag_on_dingtalk.state.once import Once
    from rag_on_dingtalk.telemetry.lines import LogLine

#: By how much of the month is spent: the window of the claim, and the sentence.
_BUDGET = {Level.THRIFTY: ("80", "budget_80"), Level.USED_UP: ("100", "budget_100")}


class Notices:
    """Tells administrators.

    servants: by bot name.
    me: unique per process.
    """

    def __init__(self, *, servants: Mapping[str, Servant], once: Once, me: str, log: LogLine) -> None:
        self._servants = servants
        self._once = once
        self._me = me
        self._log = log
        self._told: set[tuple[str, str]] = set()
        self._telling = asyncio.Lock()

    async def pass_on(self, notice: Notice) -> str:
        """Tell of something that happened, once per bot and day; returns what came of it.

        Raises:
            BotError: nobody could be told; FC is to try again.
        """
        servant = self._servants.get(notice.bot)
        if servant is None:
            self._log("no_such_bot", level="ERROR", bot=notice.bot)
            return "no_such_bot"
        window = f"{notice.kind}:{day_of(notice.noticed_ms)}"
        # Named after the job: FC's retries of one that failed come again as the first.
        if not await self._once.first(f"told:{notice.bot}", window, by=f"{notice.noticed_ms}"):
            return "told_already"
        return await self._tell(servant, servant.bot.administrators, notice.kind)

    async def watch_budget(self, bot: str) -> None:
        """Tell of a month's budget that has passed 80 % or is used up, once per month and threshold.

        Never raises: whatever the bot has just done is done. A process that failed tries again next time.
        """
        servant = self._servants.get(bot)
        if servant is None:
            return
        level = servant.channels.budget.level
        # Answers that end together may pass several thresholds at once.
        for percent, sentence in (words for passed, words in _BUDGET.items() if passed <= level):
            await self._tell_once(bot, servant, percent, sentence)

    async def _tell_once(self, bot: str, servant: Servant, percent: str, sentence: str) -> None:
        client_id = servant.bot.dingtalk.client_id
        window = f"{servant.channels.budget.allotment.name}:{percent}"
        if (client_id, window) in self._told:
            return
        # The claim is this process's: it holds off the others, not another answer in here.
        async with self._telling:
            if (client_id, window) in self._told:
                return
            try:
                if await self._once.first(f"told:{client_id}", window, by=self._me):
                    limit = servant.channels.budget.settings.monthly_calls or 0
                    await self._tell(servant, self._administrators(client_id), sentence, limit=str(limit))
            except (StateError, DingTalkError) as error:
                self._log(
                    "administrators_not_told", level="ERROR", notice=sentence, bot=bot, error=str(error)
                )
            else:
                self._told.add((client_id, window))

    def _administrators(self, client_id: str) -> list[str]:
        """Of every bot behind this app, since they share its budget."""
        servants = [s for s in self._servants.values() if s.bot.dingtalk.client_id == client_id]
        return list(dict.fromkeys(person for s in servants for person in s.bot.administrators))

    async def _tell(
        self, servant: Servant, administrators: Sequence[str], sentence: str, **values: str
    ) -> str:
        bot = servant.bot
        log = bound(self._log, notice=sentence, client_id=bot.dingtalk.client_id)
        if not administrators:
            log("nobody_to_tell", level="ERROR")
            return "nobody_to_tell"
        allowance = servant.channels.budget.allowance()
        try:
            missed = await send_to_people(
                servant.channels.api.charged_to(allowance),
                administrators,
                robot_code=servant.channels.robot_code,
                title=bot.title,
                markdown=Texts(bot.language, bot.texts).say(sentence, title=bot.title, **values),
            )
        finally:
            await allowance.aclose()
        log("administrators_told", level="WARNING", people=len(administrators), missed=len(missed))
        return "told"
