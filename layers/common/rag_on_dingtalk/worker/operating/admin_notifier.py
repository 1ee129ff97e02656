"""What a bot's administrators are told, once over all instances: quotas that run out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.pacing import Level
from rag_on_dingtalk.dingtalk.outbound.broadcast import send_to_people
from rag_on_dingtalk.errors import ConfigurationError, DingTalkError, StateError
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.observability.incidents.rules import Sign
from rag_on_dingtalk.rendering.markdown import first_words
from rag_on_dingtalk.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.models.jobs import Notice
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import BotRuntime
    from rag_on_dingtalk.storage.shared.once import Once
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.operating.incident_board import IncidentBoard

#: By how much of the month is spent: the window of the claim, and the sentence.
_BUDGET = {Level.THRIFTY: ("80", "budget_80"), Level.USED_UP: ("100", "budget_100")}


class AdminNotifier:
    """Tells administrators.

    me: unique per process. board: takes what is an incident, too.
    """

    def __init__(
        self, *, bots: BotRuntimes, once: Once, me: str, log: LogLine, board: IncidentBoard | None = None
    ) -> None:
        self._board = board
        self._bots = bots
        self._once = once
        self._me = me
        self._log = log
        self._told: set[tuple[str, str]] = set()
        self._telling = asyncio.Lock()

    async def tell_of(self, notice: Notice) -> str:
        """Tell of something that happened, once per bot and day; returns what came of it.

        Raises:
            BotError: no administrator could be told; FC is to try again.
        """
        if notice.bot not in self._bots.settings:
            self._log("no_such_bot", level="ERROR", bot=notice.bot)
            return "no_such_bot"
        bot = await self._bots.get(notice.bot)
        window = f"{notice.kind}:{day_of(notice.noticed_ms)}"
        # Named after the job: FC's retries of one that failed come again as the first.
        if not await self._once.first(f"told:{notice.bot}", window, by=f"{notice.noticed_ms}"):
            return "told_already"
        return await self._tell(bot, bot.settings.administrators, notice.kind)

    async def watch_quota(self, name: str) -> None:
        """Tell of a month's budget that has passed 80 % or is used up, once per month and threshold.

        Never raises: whatever the bot has just done is done. A process that failed tries again next time.
        """
        if name not in self._bots.settings:
            return
        try:
            bot = await self._bots.get(name)
        except ConfigurationError:
            return
        level = bot.channels.quota.level
        # Answers that end together may pass several thresholds at once.
        for percent, sentence in (words for passed, words in _BUDGET.items() if passed <= level):
            await self._tell_once(bot, percent, sentence)

    async def _tell_once(self, bot: BotRuntime, percent: str, sentence: str) -> None:
        client_id = bot.settings.dingtalk.client_id
        window = f"{bot.channels.quota.month.name}:{percent}"
        if (client_id, window) in self._told:
            return
        # The claim is this process's: it holds off the others, not another answer in here.
        async with self._telling:
            if (client_id, window) in self._told:
                return
            try:
                if await self._once.first(f"told:{client_id}", window, by=self._me):
                    limit = bot.channels.quota.settings.monthly_calls or 0
                    await self._tell(bot, self._administrators(client_id), sentence, limit=str(limit))
            except (StateError, DingTalkError) as error:
                self._log(
                    "administrators_not_told",
                    level="ERROR",
                    notice=sentence,
                    client_id=client_id,
                    error=str(error),
                )
            else:
                self._told.add((client_id, window))

    async def watch_safety(self, name: str) -> None:
        """Tell of what a bot's checks want its administrators to know, once per bot, day and kind.

        Never raises: whatever the bot has just done is done.
        """
        if name not in self._bots.settings:
            return
        try:
            bot = await self._bots.get(name)
        except ConfigurationError:
            return
        if bot.safety is None:
            return
        failing = bot.safety.take_moderation()
        if failing is not None and self._board is not None:
            await self._board.take(name, Sign("moderation_fails", bad=failing))
        for kind, at_ms in bot.safety.take_events().items():
            told = (name, f"{kind}:{day_of(at_ms)}")
            if told in self._told:
                continue
            self._told.add(told)
            try:
                if await self._once.first(f"told:{name}", told[1], by=self._me):
                    await self._tell(bot, bot.settings.administrators, kind)
            except (StateError, DingTalkError) as error:
                self._told.discard(told)
                self._log(
                    "administrators_not_told",
                    level="ERROR",
                    notice=kind,
                    client_id=bot.settings.dingtalk.client_id,
                    error=str(error),
                )

    def _administrators(self, client_id: str) -> list[str]:
        """Of every bot behind this app, since they share its budget."""
        bots = [bot for bot in self._bots.settings.values() if bot.dingtalk.client_id == client_id]
        return list(dict.fromkeys(person for bot in bots for person in bot.administrators))

    async def _tell(
        self, bot: BotRuntime, administrators: Sequence[str], sentence: str, **values: str
    ) -> str:
        settings = bot.settings
        of = {"notice": sentence, "client_id": settings.dingtalk.client_id}
        if not administrators:
            self._log("no_administrators", level="ERROR", **of)
            return "no_administrators"
        markdown = Texts(settings.language, settings.texts).say(sentence, title=settings.title, **values)
        reservation = bot.channels.quota.reservation()
        try:
            missed = await send_to_people(
                bot.channels.api.charged_to(reservation),
                administrators,
                robot_code=bot.channels.robot_code,
                title=first_words(markdown) or settings.title,
                markdown=markdown,
            )
        finally:
            await reservation.aclose()
        self._log(
            "administrators_told", level="WARNING", people=len(administrators), missed=len(missed), **of
        )
        return "told"
