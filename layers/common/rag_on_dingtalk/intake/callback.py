"""One push in, one HTTP response out; everything slow is behind the queue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import QueueError, RequestRefusedError
from rag_on_dingtalk.intake.http_event import HttpRequest, HttpResponse, read_event
from rag_on_dingtalk.intake.robot import Door, read, verify
from rag_on_dingtalk.messages import Texts
from rag_on_dingtalk.queue.jobs import encode_job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.telemetry.lines import LogLine

_ROBOT_PATH = re.compile(r"/robot/([^/]+)/?")

_SAY_NOTHING = HttpResponse(200, '{"msgtype":"empty"}')
_PROBED = HttpResponse(200, "{}")
_REFUSALS = {
    400: HttpResponse(400, '{"error":"bad request"}'),
    401: HttpResponse(401, '{"error":"unauthorized"}'),
    404: HttpResponse(404, '{"error":"not found"}'),
    405: HttpResponse(405, '{"error":"method not allowed"}'),
    413: HttpResponse(413, '{"error":"too large"}'),
}


class Callback:
    """Answers DingTalk's pushes.

    doors: by bot name.
    enqueue: takes an encoded job, raises QueueError.
    webhook_host: `https://oapi.dingtalk.com`, the only host a sessionWebhook may have.
    clock: seconds since the epoch.
    log: one line per request, never with its body.
    """

    def __init__(
        self,
        *,
        doors: Mapping[str, Door],
        enqueue: Callable[[bytes], str],
        webhook_host: str,
        clock: Callable[[], float],
        log: LogLine,
    ) -> None:
        self._doors = doors
        self._enqueue = enqueue
        self._webhook_host = webhook_host
        self._clock = clock
        self._log = log

    def answer(self, event: bytes) -> HttpResponse:
        """The response to one HTTP trigger event; never raises for what a stranger can send."""
        try:
            return self._answer(read_event(event))
        except RequestRefusedError as refused:
            self._log("refused", reason=refused.reason, status=refused.status)
            return _REFUSALS[refused.status]

    def _answer(self, request: HttpRequest) -> HttpResponse:
        found = _ROBOT_PATH.fullmatch(request.path)
        if found is None:
            raise RequestRefusedError(404, "path")
        if request.method in ("GET", "HEAD"):
            return _PROBED
        if request.method != "POST":
            raise RequestRefusedError(405, "method")
        if not request.body.strip():
            # Saving the address in DingTalk's console may try it with an empty, unsigned POST.
            return _PROBED
        return self._robot(request, found[1])

    def _robot(self, request: HttpRequest, bot: str) -> HttpResponse:
        now_ms = int(self._clock() * 1000)
        door = verify(request, self._doors.get(bot), now_ms)
        question = read(request, door, bot=bot, webhook_host=self._webhook_host, now_ms=now_ms)
        if question is None:
            self._log("quota_used_up", level="ERROR", bot=bot)
            return _SAY_NOTHING
        try:
            request_id = self._enqueue(encode_job(question))
        except QueueError as error:
            self._log("not_queued", level="ERROR", bot=bot, turn_id=question.turn_id, error=str(error))
            return _say(Texts(door.language).say("not_queued"))
        self._log("queued", bot=bot, turn_id=question.turn_id, fc_request_id=request_id)
        return _SAY_NOTHING


def _say(sentence: str) -> HttpResponse:
    """An inline reply: DingTalk shows the response's message in the conversation."""
    reply = {"msgtype": "text", "text": {"content": sentence}}
    return HttpResponse(200, msgspec.json.encode(reply).decode())
