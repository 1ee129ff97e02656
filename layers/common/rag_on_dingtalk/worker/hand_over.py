"""Queueing a waiting question again, so that it holds no invocation while it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import BotError, QueueError

if TYPE_CHECKING:
    from rag_on_dingtalk.cloud.job_queue import JobQueue
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.turns.turns import Turns


class QueueHandOver:
    """Puts questions back into async_answer's own queue."""

    def __init__(self, queue: JobQueue, turns: Turns, log: LogLine) -> None:
        self._queue = queue
        self._turns = turns
        self._log = log

    async def later(self, question: Question, seconds: int) -> bool:
        """Deliver the question again after that time; False when the queue did not take it."""
        try:
            await self._queue.put(question, seconds)
        except QueueError as error:
            self._log("not_queued_again", level="WARNING", turn_id=question.turn_id, error=str(error))
            return False
        return True

    async def now(self, turn_id: str) -> None:
        """Deliver a waiting question at once; if that fails, it is delivered a little later anyway."""
        try:
            row = await self._turns.read(turn_id)
            if row is not None and not row.lease.finished:
                await self._queue.put(row.question)
        except BotError as error:
            self._log("not_woken", level="WARNING", turn_id=turn_id, error=str(error))
