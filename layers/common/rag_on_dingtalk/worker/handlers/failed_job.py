"""A job that Function Compute has stopped trying: the person who waits is told, or a run's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.models.jobs import CardAction, EvaluationSlice, LateCard
from rag_on_dingtalk.models.question import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.worker.evaluating.handler import EvaluationHandler
    from rag_on_dingtalk.worker.handlers.card_action import CardActionHandler
    from rag_on_dingtalk.worker.handlers.late_card import LateCards
    from rag_on_dingtalk.worker.handlers.question import QuestionHandler
    from rag_on_dingtalk.worker.invocation import Invocation


class FailedJobHandler:
    """Handles the records of FC's onFailure destination. evaluations: as for the dispatcher."""

    def __init__(
        self,
        *,
        questions: QuestionHandler,
        card_actions: CardActionHandler,
        late_cards: LateCards,
        evaluations: Callable[[], EvaluationHandler],
        log: LogLine,
    ) -> None:
        self._questions = questions
        self._card_actions = card_actions
        self._late_cards = late_cards
        self._evaluations = evaluations
        self._log = log

    async def handle(self, job: Job, invocation: Invocation, *, condition: str) -> str:
        """Give the job up; returns what came of it.

        condition: FC's word for why.

        Raises:
            BotError: the person could not be told; FC is to try again.
        """
        turn_id = getattr(job, "turn_id", "")
        kind = type(job).__name__
        self._log("given_up", level="ERROR", job=kind, bot=job.bot, turn_id=turn_id, condition=condition)
        match job:
            case Question():
                return await self._questions.give_up(job, invocation)
            case CardAction():
                return await self._card_actions.give_up(job, invocation)
            case EvaluationSlice():
                return await self._evaluations().give_up(job, invocation)
            case LateCard():
                return await self._late_cards.handle(job, invocation)
            case _:
                return "lost"
