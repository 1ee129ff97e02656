"""`/robot/{bot}`: a message to the robot → a Question in the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.cloud.fc_web import HttpResponse
from rag_on_dingtalk.dingtalk.inbound.fields import has_too_many_parts
from rag_on_dingtalk.dingtalk.inbound.robot_message import (
    PUSH_QUOTA_USED_UP,
    UnreadableMessageError,
    is_addressed,
    push_error,
    read_question,
    sent_ms,
)
from rag_on_dingtalk.dingtalk.signature import PAST_WINDOW_MS, robot_signature_is_valid
from rag_on_dingtalk.models.jobs import Notice
from rag_on_dingtalk.webhook.refusals import UnverifiableError, malformed, unauthorized
from rag_on_dingtalk.webhook.replay_limit import ReplayLimit
from rag_on_dingtalk.webhook.verification import Proof, check_addressee, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.cloud.fc_web import HttpRequest
    from rag_on_dingtalk.webhook.routes import BotRoute
    from rag_on_dingtalk.webhook.submit import WebhookContext

_SAY_NOTHING = HttpResponse(200, '{"msgtype":"empty"}')

_MINUTE_MS = 60_000


class RobotHandler:
    """Answers robot messages."""

    def __init__(self, context: WebhookContext) -> None:
        self._context = context
        self._replays = ReplayLimit()

    def answer(self, request: HttpRequest, bot_route: BotRoute) -> HttpResponse:
        """Verify → read → queue; see `submit.Handler`."""
        now_ms = self._context.now_ms()
        try:
            age_ms = verify(_proof(request), bot_route, now_ms)
        except UnverifiableError as error:
            return self._unread(bot_route, error.reason)
        body = _open(_loads(request.body), bot_route)
        guard = _Guard(self._replays, request.headers["sign"], bot_route, now_ms=now_ms, age_ms=age_ms)
        if take_message(body, bot_route, self._context, now_ms=now_ms, guard=guard):
            return _SAY_NOTHING
        return _say_not_queued(bot_route)

    def _unread(self, bot_route: BotRoute, reason: str) -> HttpResponse:
        """Tell the person to ask again: the signature cannot be checked now.

        DingTalk pushes a robot message once, whatever the status, so an error would reach only the log.
        """
        self._context.log("not_read", level="ERROR", bot=bot_route.bot, reason=reason)
        return _say_not_queued(bot_route)


class _Guard:
    """What a signature that covers no body makes necessary; what comes by Stream needs none of it."""

    def __init__(
        self, replays: ReplayLimit, signature: str, bot_route: BotRoute, *, now_ms: int, age_ms: int
    ) -> None:
        self._replays = replays
        self._signature = signature
        self._age_ms = age_ms
        self._oldest_ms = now_ms - bot_route.settings.dingtalk.message_minutes * _MINUTE_MS

    def check_replay(self, *identity: str) -> None:
        """Refuse the fifth body with the same signature, or of pushes at once the seventeenth."""
        if not self._replays.admits(self._signature, *identity, age_ms=self._age_ms):
            raise unauthorized("replayed")

    def check_age(self, body: Mapping[str, Any]) -> None:
        """A recorded request is refused long before its signature is stale."""
        sent = sent_ms(body)
        if sent and sent < self._oldest_ms:
            raise unauthorized("old_message")


def take_message(
    body: object, bot_route: BotRoute, context: WebhookContext, *, now_ms: int, guard: _Guard | None = None
) -> bool:
    """Read → queue, however the message came; False when the queue did not take it.

    body: the decoded JSON.

    Raises:
        RequestRefusedError: it must change nothing.
    """
    if isinstance(body, dict):
        check_addressee(bot_route, corp_id=body.get("chatbotCorpId"), robot_code=body.get("robotCode"))
        if code := push_error(body):
            if guard is not None:
                guard.check_replay("push_error", code)
            _note_push_error(code, bot_route, context, now_ms)
            return True
        if guard is not None:
            guard.check_age(body)
        if not is_addressed(body):
            return True
    try:
        question = read_question(
            body,
            bot=bot_route.bot,
            webhook_host=context.webhook_host,
            now_ms=now_ms,
            title=bot_route.settings.title,
        )
    except UnreadableMessageError as error:
        raise malformed("not_a_message") from error
    if guard is not None:
        guard.check_replay(question.message_id)
    return context.queue.submit(question, turn_id=question.turn_id)


def _note_push_error(code: str, bot_route: BotRoute, context: WebhookContext, now_ms: int) -> None:
    """DingTalk keeps the words back, so the person cannot be answered; the administrators must be told."""
    context.log("push_error", level="ERROR", bot=bot_route.bot, code=code[:20])
    if code == PUSH_QUOTA_USED_UP:
        context.queue.submit(
            Notice(bot=bot_route.bot, kind="push_quota", noticed_ms=now_ms), notice="push_quota"
        )


def _proof(request: HttpRequest) -> Proof:
    timestamp, signature = request.headers.get("timestamp", ""), request.headers.get("sign", "")
    return Proof(
        signature=signature,
        timestamp=timestamp,
        made_with=lambda secret: robot_signature_is_valid(timestamp, signature, (secret,)),
        past_ms=PAST_WINDOW_MS,
    )


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


def _open(body: object, bot_route: BotRoute) -> object:
    """The message in a body that may be an envelope; DingTalk's pages show plain ones only."""
    sealed = body.get("encrypt") if isinstance(body, dict) and "msgtype" not in body else None
    if not isinstance(sealed, str):
        if bot_route.settings.dingtalk.encrypted_only:
            raise unauthorized("not_encrypted")
        return body
    if bot_route.aes_key is None:
        raise malformed("encrypted")
    from rag_on_dingtalk.webhook.unsealing import unseal

    return _loads(unseal(sealed, bot_route).message)


def _say_not_queued(bot_route: BotRoute) -> HttpResponse:
    """An inline reply: DingTalk shows the response's message in the conversation."""
    return HttpResponse(200, msgspec.json.encode(not_queued_reply(bot_route)).decode())


def not_queued_reply(bot_route: BotRoute) -> dict[str, Any]:
    """The message that asks a person to ask again."""
    from rag_on_dingtalk.texts import Texts  # seldom needed

    sentence = Texts(bot_route.settings.language, bot_route.settings.texts).say("not_queued")
    return {"msgtype": "text", "text": {"content": sentence}}
