"""Putting jobs into FC's asynchronous queue, and what every route needs besides the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec

from rag_on_dingtalk.cloud.job_codec import encode_job
from rag_on_dingtalk.errors import QueueError
from rag_on_dingtalk.observability.log_lines import LogLine

if TYPE_CHECKING:
    from rag_on_dingtalk.cloud.fc_web import HttpRequest, HttpResponse
    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.settings.bot_base import BotBase
    from rag_on_dingtalk.webhook.routes import BotRoute


class JobQueue:
    """The queue in front of `async_answer`.

    enqueue: takes an encoded job, returns FC's request id, raises QueueError.
    own: the same for bots that have an answering function of their own, by their names.
    log: one line per job, never with its contents.
    """

    def __init__(
        self,
        *,
        enqueue: Callable[[bytes], str],
        own: Mapping[str, Callable[[bytes], str]] | None = None,
        log: LogLine,
    ) -> None:
        self._enqueue = enqueue
        self._own = own or {}
        self._log = log

    def submit(self, job: Job, **fields: str) -> bool:
        """Queue a job and log which; False when the queue refused it.

        fields: what identifies the job in the log.
        """
        try:
            request_id = self._own.get(job.bot, self._enqueue)(encode_job(job))
        except QueueError as error:
            self._log("not_queued", level="ERROR", bot=job.bot, **fields, error=str(error))
            return False
        self._log("queued", level="INFO", bot=job.bot, **fields, fc_request_id=request_id)
        return True


def own_queues(
    enqueue: Callable[..., str], function: str, bots: Mapping[str, BotBase]
) -> dict[str, Callable[[bytes], str]]:
    """What `JobQueue` takes as `own`.

    enqueue: `AsyncInvoker.enqueue`. function: the one that all bots share.
    """
    return {
        name: partial(enqueue, function=bot.answered_by(function, name))
        for name, bot in bots.items()
        if bot.answer_function is not None
    }


class WebhookContext(msgspec.Struct, frozen=True):
    """What every route needs besides the request.

    webhook_host: `https://oapi.dingtalk.com`, the only host a sessionWebhook may have.
    clock: seconds since the epoch.
    random_bytes: that many unpredictable bytes.
    log: one line per request, never with its body.
    """

    queue: JobQueue
    webhook_host: str
    clock: Callable[[], float]
    random_bytes: Callable[[int], bytes]
    log: LogLine

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return int(self.clock() * 1000)


class Handler(Protocol):
    """One route: verifies, reads and queues one push."""

    def answer(self, request: HttpRequest, bot_route: BotRoute) -> HttpResponse:
        """The response to a POST with a body.

        Raises:
            RequestRefusedError: the request must change nothing.
        """
        ...
