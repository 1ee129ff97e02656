"""Queueing a waiting question again, so that it holds no invocation while it waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.fc_invoke import AsyncInvoker, invoke_endpoint
from rag_on_dingtalk.cloud.job_codec import encode_job
from rag_on_dingtalk.errors import BotError, QueueError
from rag_on_dingtalk.storage.turns.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.conversations.queue import HandOver
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.rows.client import Rows


class QueueHandOver:
    """Puts questions back into async_answer's own queue.

    enqueue: takes an encoded job, a delay in seconds and a function's name, raises QueueError; it blocks, and
        is called by several threads at once.
    function_of: the function that answers a bot's questions.
    """

    def __init__(
        self,
        enqueue: Callable[[bytes, int, str], str],
        function_of: Callable[[str], str],
        turns: Turns,
        log: LogLine,
    ) -> None:
        self._enqueue = enqueue
        self._function_of = function_of
        self._turns = turns
        self._log = log

    async def later(self, question: Question, seconds: int) -> bool:
        """Deliver the question again after that time; False when the queue did not take it."""
        try:
            await self._call(question, seconds)
        except QueueError as error:
            self._log("not_queued_again", level="WARNING", turn_id=question.turn_id, error=str(error))
            return False
        return True

    async def now(self, turn_id: str) -> None:
        """Deliver a waiting question at once; if that fails, it is delivered a little later anyway."""
        try:
            row = await self._turns.read(turn_id)
            if row is not None and not row.lease.finished:
                await self._call(row.question, 0)
        except BotError as error:
            self._log("not_woken", level="WARNING", turn_id=turn_id, error=str(error))

    async def _call(self, question: Question, seconds: int) -> None:
        function = self._function_of(question.bot)
        await asyncio.to_thread(self._enqueue, encode_job(question), seconds, function)


def hand_over_of(
    bots: Mapping[str, Bot], environ: Mapping[str, str], rows: Rows, log: LogLine
) -> HandOver | None:
    """Over the queue of async_answer, or of a bot's own function, where async_answer's name is known."""
    function = environ.get("ANSWER_FUNCTION", "")
    if not function:
        return None
    invoker = AsyncInvoker(
        endpoint=invoke_endpoint(environ),
        function=function,
        credentials=lambda: Credentials.from_environ(environ),
    )

    def _function_of(name: str) -> str:
        bot = bots.get(name)
        return function if bot is None else bot.answered_by(function, name)

    return QueueHandOver(invoker.enqueue, _function_of, Turns(rows), log)
