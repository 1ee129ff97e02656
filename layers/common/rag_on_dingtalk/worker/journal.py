"""What is written down for the operators, whatever happens: never a reason for an answer to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.observability.days import hour_of
from rag_on_dingtalk.observability.events import Act, QuestionEvent
from rag_on_dingtalk.observability.incidents.rules import Sign
from rag_on_dingtalk.pipeline.remember import remember

if TYPE_CHECKING:
    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.journal.auditor import Auditor
    from rag_on_dingtalk.storage.journal.questions import Questions
    from rag_on_dingtalk.worker.operating.canary_guard import CanaryGuard
    from rag_on_dingtalk.worker.operating.incident_board import IncidentBoard


#: A card for operators may take some calls; the invocation waits no longer for it.
_SECONDS = 20.0


class Journal:
    """Writes what operators read; no method raises."""

    def __init__(
        self, questions: Questions, board: IncidentBoard, auditor: Auditor, guard: CanaryGuard, log: LogLine
    ) -> None:
        self._guard = guard
        self._questions = questions
        self._auditor = auditor
        self._board = board
        self._log = log

    async def finished(self, event: QuestionEvent) -> None:
        """A question is finished, and this invocation has recorded that: to be called once."""
        await remember(self._questions, event, self._log)
        try:
            with anyio.move_on_after(_SECONDS):
                await self._board.finished(event)
                await self._guard.finished(event)
                if event.outcome == "refused":
                    await self._auditor.record(_refusal(event))
        except Exception as error:  # noqa: BLE001 - the question is answered, whatever breaks here
            self._log("incident_not_noted", level="WARNING", error=type(error).__name__)

    async def not_built(self, bot: str) -> None:
        """A question has come for a bot that cannot be built: a secret or a file cannot be read."""
        try:
            with anyio.move_on_after(_SECONDS):
                await self._board.take(bot, Sign("secrets_fail", bad=True))
        except Exception as error:  # noqa: BLE001 - FC is to try the question again, whatever breaks here
            self._log("incident_not_noted", level="WARNING", error=type(error).__name__)

    async def rated(self, action: CardAction, question: Question, *, arm: str = "") -> None:
        """A person has said what the answer was worth.

        arm: the question's.
        """
        event = QuestionEvent(turn_id=question.turn_id, bot=question.bot, asked_ms=question.asked_ms)
        try:
            failed = await self._questions.rated(
                event, liked=action.action == "like", now_hour=hour_of(action.clicked_ms)
            )
        except StateError as error:
            failed = [str(error)]
        if failed:
            self._log("not_counted", level="WARNING", error="; ".join(failed))
        if action.action == "dislike":
            await self._guard.disliked(question.bot, question.turn_id, arm)

    async def wanted_deeper(self, question: Question) -> None:
        """The asker wants a deeper answer: a label for the person who keeps the rules."""
        event = QuestionEvent(turn_id=question.turn_id, bot=question.bot, asked_ms=question.asked_ms)
        try:
            await self._questions.wanted_deeper(event)
        except StateError as error:
            self._log("not_counted", level="WARNING", error=str(error))


def _refusal(event: QuestionEvent) -> Act:
    """Of one minute, person and rule; the question's words are no part of it."""
    return Act(
        act="question.refused",
        bot=event.bot,
        who=event.asker,
        what=event.route,
        result="refused",
        rule=event.rule,
        source="chat",
        at_ms=event.asked_ms,
    )
