"""TextModerationPlus, version 2022-03-02: signed, a form with JSON inside, judged by a table of words.

Sources: help.aliyun.com documents 2671445 (operation, services, limits, codes) and 2642626 (a stream: pieces
with one sessionId are judged by themselves and joined, up to 5 000 characters); the fields are those of
PyPI `alibabacloud-green20220302` 3.6.9. How the real service judges is its own affair; here a word decides.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from emulators.cloud.rpc_service import Outages, RefusedCallError, RpcService
from emulators.content_moderation.faults import AWAY, BUSY, REFUSED, SLOW, SLOW_BY_DEFAULT, THROTTLE, declare

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from emulators.faults import FaultBoard

_OPERATION = ("TextModerationPlus", "2022-03-02")
_FORM = "application/x-www-form-urlencoded"
#: Characters that a service takes at once.
_MOST = {"llm_query_moderation": 2_000, "llm_response_moderation": 5_000}
#: Of a stream, this much is judged together.
_MOST_JOINED = 5_000

#: What the demo's service finds: word → label and risk level.
DEMO_WORDS = {
    "炸弹": ("violent_weapons", "high"),
    "假发票": ("contraband_certificate", "high"),
    "勒索病毒": ("contraband_hacking", "high"),
    "摸鱼": ("inappropriate_ethics", "low"),
}


class ModerationEmulator(RpcService):
    """Judges the texts of callers that sign their requests.

    credentials: AccessKey id → secret of those who may ask.
    words: word → label and risk level; safe_answers: label → what to say instead.
    clock: seconds since the epoch. sleep: how `moderation.slow` waits.
    """

    def __init__(
        self,
        *,
        credentials: Mapping[str, str],
        faults: FaultBoard,
        words: Mapping[str, tuple[str, str]] | None = None,
        safe_answers: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        declare(faults)
        super().__init__(
            _OPERATION,
            Outages(AWAY, SLOW, SLOW_BY_DEFAULT),
            credentials=credentials,
            faults=faults,
            clock=clock,
            sleep=sleep,
        )
        self._words = DEMO_WORDS if words is None else words
        self._safe_answers = safe_answers or {}
        self._sessions: dict[str, str] = {}
        #: What was judged, oldest first: service, text and sessionId.
        self.judged: list[tuple[str, str, str]] = []

    def _respond(self, request: Request, body: bytes) -> tuple[int, dict[str, object]]:
        request_id = {"RequestId": str(uuid.uuid4()).upper()}
        try:
            return 200, {"Code": 200, "Message": "OK", "Data": self._answer(request, body), **request_id}
        except RefusedCallError as refused:
            status = 200 if refused.inside else refused.status
            return status, {"Code": refused.code, "Message": str(refused), **request_id}

    def _answer(self, request: Request, body: bytes) -> dict[str, Any]:
        if self._faults.strikes(BUSY):
            raise RefusedCallError(
                503, "ServiceUnavailable", "The request has failed due to a temporary failure."
            )
        if self._faults.strikes(THROTTLE):
            raise RefusedCallError(400, "Throttling.User", "Request was denied due to user flow control.")
        signed = self._admit(request, body)
        if self._faults.strikes(REFUSED):
            raise RefusedCallError(200, 408, "permission denied", inside=True)
        if signed.header("content-type") != _FORM:
            raise RefusedCallError(400, "MissingService", "Service is mandatory for this action.")
        return self._judge(*_parameters(body))

    def _judge(self, service: str, text: str, session: str) -> dict[str, Any]:
        most = _MOST.get(service)
        if most is None:
            raise RefusedCallError(200, 400, f"invalid service: {service}", inside=True)
        if not text or len(text) > most:
            raise RefusedCallError(200, 400, f"content has 1 to {most} characters", inside=True)
        self.judged.append((service, text, session))
        joined = text
        if session:
            joined = (self._sessions.get(session, "") + text)[-_MOST_JOINED:]
            self._sessions[session] = joined
        found = [(word, *self._words[word]) for word in self._words if word in joined]
        levels = ["none", "low", "medium", "high"]
        worst = max((level for *_, level in found), key=levels.index, default="none")
        result: list[dict[str, Any]] = [
            {"Label": label, "Confidence": 99.0, "RiskWords": word} for word, label, _ in found
        ]
        data: dict[str, Any] = {"RiskLevel": worst, "Result": result or [{"Label": "nonLabel"}]}
        answers = [self._safe_answers[label] for _, label, _ in found if label in self._safe_answers]
        if answers:
            data["Advice"] = [{"Answer": answers[0], "HitLabel": found[0][1]}]
        return data


def _parameters(body: bytes) -> tuple[str, str, str]:
    """Service, content and sessionId."""
    form = parse_qs(body.decode("utf-8", "replace"))
    service, inside = form.get("Service", [""])[0], form.get("ServiceParameters", [""])[0]
    if not service:
        raise RefusedCallError(400, "MissingService", "Service is mandatory for this action.")
    try:
        parameters = json.loads(inside)
        content, session = parameters["content"], parameters.get("sessionId", "")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedCallError(200, 400, "ServiceParameters is not valid", inside=True) from error
    if not isinstance(content, str) or not isinstance(session, str):
        raise RefusedCallError(200, 400, "ServiceParameters is not valid", inside=True)
    return service, content, session
