"""What every route needs besides the request: the queue, the clock, the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rag_on_dingtalk.errors import QueueError
from rag_on_dingtalk.queue.jobs import encode_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.intake.doors import Door
    from rag_on_dingtalk.intake.http_event import HttpRequest, HttpResponse
    from rag_on_dingtalk.model import Job
    from rag_on_dingtalk.telemetry.lines import LogLine


class Desk:
    """Takes jobs.

    enqueue: takes an encoded job, raises QueueError.
    webhook_host: `https://oapi.dingtalk.com`, the only host a sessionWebhook may have.
    clock: seconds since the epoch.
    random_bytes: that many unpredictable bytes.
    log: one line per request, never with its body.
    """

    def __init__(
        self,
        *,
        enqueue: Callable[[bytes], str],
        webhook_host: str,
        clock: Callable[[], float],
        random_bytes: Callable[[int], bytes],
        log: LogLine,
    ) -> None:
        self._enqueue = enqueue
        self.webhook_host = webhook_host
        self._clock = clock
        self.random_bytes = random_bytes
        self.log = log

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return int(self._clock() * 1000)

    def take(self, job: Job, **fields: str) -> bool:
        """Queue a job and log which; False when the queue did not take it.

        fields: what identifies the job in the log.
        """
        try:
            request_id = self._enqueue(encode_job(job))
        except QueueError as error:
            self.log("not_queued", level="ERROR", bot=job.bot, **fields, error=str(error))
            return False
        self.log("queued", level="INFO", bot=job.bot, **fields, fc_request_id=request_id)
        return True


class Handler(Protocol):
    """One route: verifies, reads and queues one push."""

    def answer(self, request: HttpRequest, door: Door) -> HttpResponse:
        """The response to a POST with a body.

        Raises:
            RequestRefusedError: the request must change nothing.
        """
        ...
