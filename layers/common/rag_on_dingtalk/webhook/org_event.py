"""`/events/{bot}`: a pushed event → an OrganisationEvent in the queue, answered with an encrypted `success`.

Anything but that answer, and DingTalk pushes the event again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.cloud.fc_web import HttpResponse
from rag_on_dingtalk.dingtalk.envelope import decode_key, encrypt, sign, signature_is_valid
from rag_on_dingtalk.dingtalk.inbound.org_event import (
    CHECK_URL,
    EVENT_TYPES,
    UnreadableEventError,
    read_event,
)
from rag_on_dingtalk.dingtalk.signature import SHORT_PAST_WINDOW_MS
from rag_on_dingtalk.webhook.refusals import malformed
from rag_on_dingtalk.webhook.unsealing import unseal
from rag_on_dingtalk.webhook.verification import Proof, verify

if TYPE_CHECKING:
    from rag_on_dingtalk.cloud.fc_web import HttpRequest
    from rag_on_dingtalk.models.jobs import OrganisationEvent
    from rag_on_dingtalk.webhook.routes import BotRoute
    from rag_on_dingtalk.webhook.submit import WebhookContext

_TRY_AGAIN = HttpResponse(503, '{"error":"not queued"}')

#: Enough for the repeats of a burst; async_answer recognises all of them.
_REMEMBERED = 500


class _Body(msgspec.Struct):
    encrypt: str


class NewEvents:
    """Events on their way into the queue, however they came, each once as far as this process remembers."""

    def __init__(self, context: WebhookContext) -> None:
        self._context = context
        self._recent: dict[tuple[str, str], None] = {}

    def take(self, event: OrganisationEvent) -> bool:
        """Queue an event that a bot has a use for; False when the queue did not take it."""
        log, bot = self._context.log, event.bot
        if event.type not in EVENT_TYPES:
            log("event_dropped", bot=bot, type=event.type[:100], event_id=event.event_id)
            return True
        identity = (bot, event.event_id)
        if identity in self._recent:
            log("event_repeated", bot=bot, type=event.type, event_id=event.event_id)
            return True
        submitted = self._context.queue.submit(event, type=event.type, event_id=event.event_id)
        if submitted:
            self._remember(identity)
        return submitted

    def _remember(self, identity: tuple[str, str]) -> None:
        self._recent[identity] = None
        if len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]


class EventHandler:
    """Answers event pushes."""

    def __init__(self, context: WebhookContext) -> None:
        self._context = context
        self._events = NewEvents(context)

    def answer(self, request: HttpRequest, bot_route: BotRoute) -> HttpResponse:
        """Verify → open → queue → `success`; see `submit.Handler`."""
        now_ms = self._context.now_ms()
        sealed = _envelope(request)
        verify(_proof(request, sealed), bot_route, now_ms)
        opened = unseal(sealed, bot_route)
        if not self._submit(opened.message, sealed, bot_route, now_ms):
            return _TRY_AGAIN
        return self._success(bot_route, opened.owner, now_ms)

    def _submit(self, plain: bytes, sealed: str, bot_route: BotRoute, now_ms: int) -> bool:
        """Whether nothing is left to do about this event."""
        fallback_id = hashlib.sha256(sealed.encode("utf-8", "replace")).hexdigest()[:32]
        try:
            event = read_event(plain, bot=bot_route.bot, fallback_id=fallback_id, now_ms=now_ms)
        except UnreadableEventError as error:
            # It will not get better by coming again.
            self._context.log("event_unreadable", level="ERROR", bot=bot_route.bot, error=str(error))
            return True
        if event.type == CHECK_URL:
            self._context.log("url_checked", bot=bot_route.bot)
            return True
        return self._events.take(event)

    def _success(self, bot_route: BotRoute, owner: str, now_ms: int) -> HttpResponse:
        (token,) = bot_route.secrets
        key = decode_key(bot_route.aes_key.reveal() if bot_route.aes_key is not None else "")
        sealed = encrypt(b"success", key, owner, self._context.random_bytes(16))
        timestamp, nonce = str(now_ms), self._context.random_bytes(8).hex()
        answer = {
            "msg_signature": sign(token.reveal(), timestamp, nonce, sealed),
            "timeStamp": timestamp,
            "nonce": nonce,
            "encrypt": sealed,
        }
        return HttpResponse(200, msgspec.json.encode(answer).decode())


def _envelope(request: HttpRequest) -> str:
    try:
        return msgspec.json.decode(request.body, type=_Body).encrypt
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("not_an_envelope") from error


def _proof(request: HttpRequest, sealed: str) -> Proof:
    """The only signature of the three that covers the body, in its sealed form."""
    query = request.query
    # The protocol's pages and the current sample name it differently.
    signature = query.get("signature") or query.get("msg_signature") or ""
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    return Proof(
        signature=signature,
        timestamp=timestamp,
        made_with=lambda token: signature_is_valid(signature, token, timestamp, nonce, sealed),
        past_ms=SHORT_PAST_WINDOW_MS,
    )
