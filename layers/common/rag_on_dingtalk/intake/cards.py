"""`/cards/{bot}`: a click on a card → a CardAction in the queue, and at once what the clicker sees."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.dingtalk.card_clicks import UnreadableClickError, card_update, read_click
from rag_on_dingtalk.dingtalk.fields import has_too_many_parts
from rag_on_dingtalk.dingtalk.signature import SHORT_PAST_WINDOW_MS, card_signature_is_valid, is_fresh
from rag_on_dingtalk.intake.http_event import HttpResponse
from rag_on_dingtalk.intake.refusals import malformed, unauthorized

if TYPE_CHECKING:
    from rag_on_dingtalk.intake.desk import Desk
    from rag_on_dingtalk.intake.doors import Door
    from rag_on_dingtalk.intake.http_event import HttpRequest

#: Leaves the card as it is.
_UNCHANGED = HttpResponse(200, "{}")


class CardHandler:
    """Answers clicks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, request: HttpRequest, door: Door) -> HttpResponse:
        """Verify → read → queue → change the card; see `desk.Handler`.

        Whether the card is ours, and whether this click came before, is found out where there is a state.
        """
        now_ms = self._desk.now_ms()
        _verify(request, door, now_ms)
        try:
            click = read_click(_loads(request.body), bot=door.bot, now_ms=now_ms)
        except UnreadableClickError as error:
            raise malformed("not_a_click") from error
        if click is None:
            self._desk.log("click_ignored", bot=door.bot)
            return _UNCHANGED
        _check_organisation(click.corp_id, door)
        if not self._desk.take(click, turn_id=click.turn_id, action=click.action):
            return _UNCHANGED
        return HttpResponse(200, msgspec.json.encode(card_update(click.action)).decode())


def _verify(request: HttpRequest, door: Door, now_ms: int) -> None:
    """Let only DingTalk's own, fresh clicks pass."""
    timestamp = request.headers.get("x-ddpaas-signature-timestamp", "")
    given = request.headers.get("x-ddpaas-signature", "")
    (secret,) = door.secrets
    valid = card_signature_is_valid(timestamp, given, secret.reveal())
    if door.shut:
        raise unauthorized(door.shut)
    if not timestamp or not given:
        raise unauthorized("unsigned")
    if not valid:
        raise unauthorized("signature")
    if not is_fresh(timestamp, now_ms, past_ms=SHORT_PAST_WINDOW_MS):
        raise unauthorized("stale")


def _loads(body: bytes) -> object:
    if has_too_many_parts(body):
        raise malformed("too_many_parts")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("not_json") from error


def _check_organisation(corp_id: str, door: Door) -> None:
    expected = door.settings.dingtalk.corp_id
    if expected and corp_id and not hmac.compare_digest(corp_id.encode(), expected.encode()):
        raise unauthorized("other_organisation")
