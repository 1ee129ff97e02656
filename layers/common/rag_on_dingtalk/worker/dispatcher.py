"""One job → the handler of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.models.jobs import CardAction, EvaluationSlice, LateCard, Notice, OrganisationEvent
from rag_on_dingtalk.models.question import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.worker.evaluating.handler import EvaluationHandler
    from rag_on_dingtalk.worker.handlers.admin_notice import AdminNoticeHandler
    from rag_on_dingtalk.worker.handlers.card_action import CardActionHandler
    from rag_on_dingtalk.worker.handlers.cleanup import CleanupHandler
    from rag_on_dingtalk.worker.handlers.failed_job import FailedJobHandler
    from rag_on_dingtalk.worker.handlers.late_card import LateCards
    from rag_on_dingtalk.worker.handlers.org_event import OrgEventHandler
    from rag_on_dingtalk.worker.handlers.question import QuestionHandler
    from rag_on_dingtalk.worker.invocation import Invocation
    from rag_on_dingtalk.worker.knowledge.desk import KnowledgeDesk
    from rag_on_dingtalk.worker.operating.admin_notifier import AdminNotifier
    from rag_on_dingtalk.worker.operating.rounds import Rounds


class Dispatcher:
    """Hands each job to its handler. Every method may raise BotError, and FC then tries again.

    evaluations: makes the handler of a rare job, which no question waits for.
    """

    def __init__(  # noqa: PLR0913 - one for each thing that may have to be done
        self,
        *,
        questions: QuestionHandler,
        card_actions: CardActionHandler,
        org_events: OrgEventHandler,
        admin_notices: AdminNoticeHandler,
        late_cards: LateCards,
        failed_jobs: FailedJobHandler,
        cleanup: CleanupHandler,
        notifier: AdminNotifier,
        rounds: Rounds,
        desk: KnowledgeDesk,
        evaluations: Callable[[], EvaluationHandler],
    ) -> None:
        self._desk = desk
        self._evaluations = evaluations
        self._questions = questions
        self._card_actions = card_actions
        self._org_events = org_events
        self._admin_notices = admin_notices
        self._late_cards = late_cards
        self._failed_jobs = failed_jobs
        self._cleanup = cleanup
        self._notifier = notifier
        self._rounds = rounds

    async def dispatch(self, job: Job, invocation: Invocation) -> str:
        """Handle a job from the queue; returns what came of it."""
        match job:
            case Question():
                reach = self._desk.reach(job, invocation)
                result: str = await self._questions.answer(job, invocation, reach)
            case CardAction():
                result = await self._card_actions.handle(job, invocation)
            case OrganisationEvent():
                return await self._org_events.handle(job, by=invocation.owner)
            case Notice():
                return await self._admin_notices.handle(job)
            case EvaluationSlice():
                return await self._evaluations().handle(job, invocation)
            case LateCard():
                return await self._late_cards.handle(job, invocation)
        await self._notifier.watch_quota(job.bot)
        await self._notifier.watch_safety(job.bot)
        return result

    async def give_up(self, job: Job, invocation: Invocation, *, condition: str) -> str:
        """Handle a job that FC has stopped trying; returns what came of it.

        condition: FC's word for why.
        """
        return await self._failed_jobs.handle(job, invocation, condition=condition)

    async def clean_up(self, invocation: Invocation) -> int:
        """One round of housekeeping; returns how many people were told."""
        told = await self._cleanup.handle(invocation)
        await self._rounds.make(invocation)
        return told
