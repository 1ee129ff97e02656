"""`/events/{bot}`: a pushed event → an OrganisationEvent in the queue, answered with an encrypted `success`.

Anything but that answer, and DingTalk pushes the event again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.dingtalk.envelope import decode_key, encrypt, sign, signature_is_valid
from rag_on_dingtalk.dingtalk.events import CHECK_URL, EVENT_TYPES, UnreadableEventError, read_event
from rag_on_dingtalk.dingtalk.signature import SHORT_PAST_WINDOW_MS, is_fresh
from rag_on_dingtalk.intake.http_event import HttpResponse
from rag_on_dingtalk.intake.refusals import malformed, unauthorized
from rag_on_dingtalk.intake.unsealing import unseal

if TYPE_CHECKING:
    from rag_on_dingtalk.intake.desk import Desk
    from rag_on_dingtalk.intake.doors import Door
    from rag_on_dingtalk.intake.http_event import HttpRequest

_TRY_AGAIN = HttpResponse(503, '{"error":"not queued"}')

#: Enough for the repeats of a burst; the queue's other end tells all of them apart.
_REMEMBERED = 500


class _Body(msgspec.Struct):
    encrypt: str


class EventHandler:
    """Answers event pushes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._recent: dict[tuple[str, str], None] = {}

    def answer(self, request: HttpRequest, door: Door) -> HttpResponse:
        """Verify → open → queue → `success`; see `desk.Handler`."""
        now_ms = self._desk.now_ms()
        sealed = _verify(request, door, now_ms)
        opened = unseal(sealed, door)
        if not self._take(opened.message, sealed, door, now_ms):
            return _TRY_AGAIN
        return self._success(door, opened.owner, now_ms)

    def _take(self, plain: bytes, sealed: str, door: Door, now_ms: int) -> bool:
        """Whether nothing is left to do about this event."""
        fallback_id = hashlib.sha256(sealed.encode("utf-8", "replace")).hexdigest()[:32]
        try:
            event = read_event(plain, bot=door.bot, fallback_id=fallback_id, now_ms=now_ms)
        except UnreadableEventError as error:
            # It will not get better by coming again.
            self._desk.log("event_unreadable", level="ERROR", bot=door.bot, error=str(error))
            return True
        if event.type == CHECK_URL:
            self._desk.log("url_checked", bot=door.bot)
            return True
        if event.type not in EVENT_TYPES:
            self._desk.log("event_dropped", bot=door.bot, type=event.type[:100], event_id=event.event_id)
            return True
        identity = (door.bot, event.event_id)
        if identity in self._recent:
            self._desk.log("event_repeated", bot=door.bot, type=event.type, event_id=event.event_id)
            return True
        taken = self._desk.take(event, type=event.type, event_id=event.event_id)
        if taken:
            self._remember(identity)
        return taken

    def _remember(self, identity: tuple[str, str]) -> None:
        self._recent[identity] = None
        if len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]

    def _success(self, door: Door, owner: str, now_ms: int) -> HttpResponse:
        (token,) = door.secrets
        key = decode_key(door.aes_key.reveal() if door.aes_key is not None else "")
        sealed = encrypt(b"success", key, owner, self._desk.random_bytes(16))
        timestamp, nonce = str(now_ms), self._desk.random_bytes(8).hex()
        answer = {
            "msg_signature": sign(token.reveal(), timestamp, nonce, sealed),
            "timeStamp": timestamp,
            "nonce": nonce,
            "encrypt": sealed,
        }
        return HttpResponse(200, msgspec.json.encode(answer).decode())


def _verify(request: HttpRequest, door: Door, now_ms: int) -> str:
    """Let only DingTalk's own, fresh pushes pass; returns the envelope."""
    try:
        sealed = msgspec.json.decode(request.body, type=_Body).encrypt
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("not_an_envelope") from error
    query = request.query
    # The protocol's pages and the current sample name it differently.
    given = query.get("signature") or query.get("msg_signature") or ""
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    (token,) = door.secrets
    valid = signature_is_valid(given, token.reveal(), timestamp, nonce, sealed)
    if door.shut:
        raise unauthorized(door.shut)
    if not given:
        raise unauthorized("unsigned")
    if not valid:
        raise unauthorized("signature")
    if not is_fresh(timestamp, now_ms, past_ms=SHORT_PAST_WINDOW_MS):
        raise unauthorized("stale")
    return sealed
