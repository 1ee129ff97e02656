"""`/robot/{bot}`: a message to the robot → a Question in the queue."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.dingtalk.fields import has_too_many_parts
from rag_on_dingtalk.dingtalk.inbound import (
    PUSH_QUOTA_USED_UP,
    UnreadableMessageError,
    push_error,
    read_question,
    sent_ms,
)
from rag_on_dingtalk.dingtalk.signature import is_fresh, robot_signature_is_valid
from rag_on_dingtalk.intake.http_event import HttpResponse
from rag_on_dingtalk.intake.refusals import malformed, unauthorized
from rag_on_dingtalk.model import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.intake.desk import Desk
    from rag_on_dingtalk.intake.doors import Door
    from rag_on_dingtalk.intake.http_event import HttpRequest

_SAY_NOTHING = HttpResponse(200, '{"msgtype":"empty"}')

_MINUTE_MS = 60_000
#: A real robotCode is a Client ID: `ding` and 16 letters and digits. Placeholders such as `normal` were seen.
_SHORTEST_ROBOT_CODE = 16


class RobotHandler:
    """Answers robot messages."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: HttpRequest, door: Door) -> HttpResponse:
        """Verify → read → queue; see `desk.Handler`."""
        now_ms = self._desk.now_ms()
        _verify(request, door, now_ms)
        body = _open(_loads(request.body), door)
        if isinstance(body, dict):
            _check_addressee(body, door)
            if code := push_error(body):
                return self._without_message(code, door, now_ms)
            _check_age(body, door, now_ms)
        try:
            question = read_question(body, bot=door.bot, webhook_host=self._desk.webhook_host, now_ms=now_ms)
        except UnreadableMessageError as error:
            raise malformed("not_a_message") from error
        if self._desk.take(question, turn_id=question.turn_id):
            return _SAY_NOTHING
        return _say_not_queued(door)

    def _without_message(self, code: str, door: Door, now_ms: int) -> HttpResponse:
        # DingTalk keeps the words back, so the person cannot be answered; somebody else must hear of it.
        self._desk.log("push_error", level="ERROR", bot=door.bot, code=code[:20])
        if code == PUSH_QUOTA_USED_UP:
            self._desk.take(Notice(bot=door.bot, kind="push_quota", noticed_ms=now_ms), notice="push_quota")
        return _SAY_NOTHING


def _verify(request: HttpRequest, door: Door, now_ms: int) -> None:
    """Let only DingTalk's own, fresh requests pass."""
    timestamp = request.headers.get("timestamp", "")
    sign = request.headers.get("sign", "")
    valid = robot_signature_is_valid(timestamp, sign, (secret.reveal() for secret in door.secrets))
    if door.shut:
        raise unauthorized(door.shut)
    if not timestamp or not sign:
        raise unauthorized("unsigned")
    if not valid:
        raise unauthorized("signature")
    if not is_fresh(timestamp, now_ms):
        raise unauthorized("stale")


def _loads(body: bytes) -> object:
    if has_too_many_parts(body):
        raise malformed("too_many_parts")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # msgspec is stricter than chat clients: half an emoji (a lone surrogate) must not cost the question.
    import json

    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise malformed("not_json") from error


def _open(body: object, door: Door) -> object:
    """The message in a body that may be an envelope; DingTalk's pages show plain ones only."""
    sealed = body.get("encrypt") if isinstance(body, dict) and "msgtype" not in body else None
    if not isinstance(sealed, str):
        if door.settings.dingtalk.encrypted_only:
            raise unauthorized("not_encrypted")
        return body
    if door.aes_key is None:
        raise malformed("encrypted")
    from rag_on_dingtalk.intake.unsealing import unseal

    return _loads(unseal(sealed, door).message)


def _check_addressee(body: Mapping[str, Any], door: Door) -> None:
    """Neither id is covered by the signature, but a body that names another robot is not for this one."""
    app = door.settings.dingtalk
    corp_id = body.get("chatbotCorpId")
    if app.corp_id and isinstance(corp_id, str) and not _same(corp_id, app.corp_id):
        raise unauthorized("other_organisation")
    robot_code = body.get("robotCode")
    if not isinstance(robot_code, str) or not _is_robot_code(robot_code):
        return
    if not _same(robot_code, app.client_id) and not _same(robot_code, app.robot_code):
        raise unauthorized("other_robot")


def _is_robot_code(code: str) -> bool:
    return len(code) >= _SHORTEST_ROBOT_CODE and code.startswith("ding") and code.isascii() and code.isalnum()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _check_age(body: Mapping[str, Any], door: Door, now_ms: int) -> None:
    """A recorded request is refused long before its signature is stale."""
    sent = sent_ms(body)
    if sent and now_ms - sent > door.settings.dingtalk.message_minutes * _MINUTE_MS:
        raise unauthorized("old_message")


def _say_not_queued(door: Door) -> HttpResponse:
    """An inline reply: DingTalk shows the response's message in the conversation."""
    from rag_on_dingtalk.messages import Texts  # seldom needed

    sentence = Texts(door.settings.language, door.settings.texts).say("not_queued")
    reply = {"msgtype": "text", "text": {"content": sentence}}
    return HttpResponse(200, msgspec.json.encode(reply).decode())
