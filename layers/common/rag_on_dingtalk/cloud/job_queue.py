"""The queue of async_answer, or of a bot's own function, for those who are inside an event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.fc_invoke import AsyncInvoker, invoke_endpoint
from rag_on_dingtalk.cloud.job_codec import encode_job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.settings.bot import Bot


class Put(Protocol):
    """What takes a job."""

    async def __call__(self, job: Job, seconds: int = 0) -> None:
        """As `JobQueue.put`."""
        ...


class JobQueue:
    """Queues jobs for the function that answers their bot.

    enqueue: takes an encoded job, a delay in seconds and a function's name, raises QueueError; it blocks, and
        is called by several threads at once.
    function_of: the function that answers a bot's questions.
    """

    def __init__(self, enqueue: Callable[[bytes, int, str], str], function_of: Callable[[str], str]) -> None:
        self._enqueue = enqueue
        self._function_of = function_of

    async def put(self, job: Job, seconds: int = 0) -> None:
        """Deliver the job after that time.

        Raises:
            QueueError: Function Compute did not confirm it. It may have taken it all the same.
        """
        await asyncio.to_thread(self._enqueue, encode_job(job), seconds, self._function_of(job.bot))


def job_queue_of(bots: Mapping[str, Bot], environ: Mapping[str, str]) -> JobQueue | None:
    """The queue; None where async_answer's name (ANSWER_FUNCTION) is not known.

    Raises:
        ConfigurationError: as for `invoke_endpoint`.
    """
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

    return JobQueue(invoker.enqueue, _function_of)
