"""Every kind of job in the queue, and who does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.model import CardAction, Notice, OrganisationEvent, Question

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.answer import Answerer
    from rag_on_dingtalk.answering.clicks import Clicks
    from rag_on_dingtalk.answering.happenings import Happenings
    from rag_on_dingtalk.answering.notices import Notices
    from rag_on_dingtalk.answering.parties import Invocation
    from rag_on_dingtalk.model import Job
    from rag_on_dingtalk.telemetry.lines import LogLine


class Jobs:
    """Does jobs. Every method may raise BotError, and FC then tries again."""

    def __init__(
        self,
        *,
        answerer: Answerer,
        clicks: Clicks,
        happenings: Happenings,
        notices: Notices,
        log: LogLine,
    ) -> None:
        self._answerer = answerer
        self._clicks = clicks
        self._happenings = happenings
        self._notices = notices
        self._log = log

    async def do(self, job: Job, invocation: Invocation) -> str:
        """Do a job; returns what came of it."""
        try:
            return await self._do(job, invocation)
        finally:
            await self._notices.watch_budget(job.bot)

    async def _do(self, job: Job, invocation: Invocation) -> str:
        match job:
            case Question():
                return await self._answerer.answer(job, invocation)
            case CardAction():
                return await self._clicks.carry_out(job, invocation)
            case OrganisationEvent():
                return await self._happenings.take(job, by=invocation.owner)
            case Notice():
                return await self._notices.pass_on(job)

    async def give_up(self, job: Job, invocation: Invocation, *, condition: str) -> str:
        """FC has stopped trying: whoever waits for an answer is told.

        condition: FC's word for why.
        """
        turn_id = getattr(job, "turn_id", "")
        kind = type(job).__name__
        self._log("given_up", level="ERROR", job=kind, bot=job.bot, turn_id=turn_id, condition=condition)
        match job:
            case Question():
                return await self._answerer.give_up(job, invocation)
            case CardAction():
                return await self._clicks.give_up(job, invocation)
            case _:
                return "lost"

    async def tidy(self, invocation: Invocation) -> int:
        """Give up what nobody came back for; returns how many people were told."""
        return await self._answerer.tidy(invocation)
