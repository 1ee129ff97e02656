"""`/robot/{bot}`: is this message from DingTalk, and is it ours? Pure but for the clock given in."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.config import Secret
from rag_on_dingtalk.dingtalk.inbound import UnreadableMessageError, read_question
from rag_on_dingtalk.dingtalk.signature import is_fresh, robot_signature_is_valid
from rag_on_dingtalk.errors import RequestRefusedError
from rag_on_dingtalk.messages import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.intake.http_event import HttpRequest
    from rag_on_dingtalk.model import Question

_UNAUTHORIZED = 401

#: Signed against when there is no such bot, so that an unknown name costs what a bad signature costs.
_NOBODY = "nobody's secret"


class Door(msgspec.Struct, frozen=True):
    """What the callback must know of one bot.

    secret: None while it is not configured; nobody gets in then.
    corp_id: the robot's organisation; a push for a robot of another one is refused. Empty: not compared.
    """

    secret: Secret | None
    corp_id: str
    language: Language


def verify(request: HttpRequest, door: Door | None, now_ms: int) -> Door:
    """Let only DingTalk's own, fresh requests pass; returns the door they came through.

    Raises:
        RequestRefusedError: 401 in every case; only the log tells an unknown bot from a bad signature.
    """
    timestamp = request.headers.get("timestamp", "")
    sign = request.headers.get("sign", "")
    secret = door.secret.reveal() if door is not None and door.secret is not None else ""
    valid = robot_signature_is_valid(timestamp, sign, secret or _NOBODY)
    if door is None:
        raise RequestRefusedError(_UNAUTHORIZED, "unknown_bot")
    if not secret:
        raise RequestRefusedError(_UNAUTHORIZED, "secret_missing")
    if not timestamp or not sign:
        raise RequestRefusedError(_UNAUTHORIZED, "unsigned")
    if not valid:
        raise RequestRefusedError(_UNAUTHORIZED, "signature")
    if not is_fresh(timestamp, now_ms):
        raise RequestRefusedError(_UNAUTHORIZED, "stale")
    return door


def read(request: HttpRequest, door: Door, *, bot: str, webhook_host: str, now_ms: int) -> Question | None:
    """The question in a verified request; None for pushes that carry none.

    Raises:
        RequestRefusedError: 400 when it is not a robot message, 401 when it is another organisation's.
    """
    body = _loads(request.body)
    if isinstance(body, dict):
        _same_organisation(body, door)
        if "errorCode" in body:
            # 20001: the Webhook & Stream quota is used up. DingTalk then sends no text to answer.
            return None
    try:
        return read_question(body, bot=bot, webhook_host=webhook_host, now_ms=now_ms)
    except UnreadableMessageError as error:
        raise RequestRefusedError(400, "not_a_message") from error


def _same_organisation(body: Mapping[str, Any], door: Door) -> None:
    corp_id = body.get("chatbotCorpId")
    if not door.corp_id or not isinstance(corp_id, str):
        return
    if not hmac.compare_digest(corp_id.encode("utf-8", "replace"), door.corp_id.encode()):
        raise RequestRefusedError(_UNAUTHORIZED, "other_organisation")


def _loads(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # msgspec is stricter than chat clients: half an emoji (a lone surrogate) must not cost the question.
    import json

    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestRefusedError(400, "not_json") from error
