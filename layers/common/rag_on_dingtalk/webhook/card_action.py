"""`/cards/{bot}`: a click on a card → a CardAction in the queue, and at once what the clicker sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.cloud.fc_web import HttpResponse
from rag_on_dingtalk.dingtalk.inbound.card_action import UnreadableClickError, card_update, read_click
from rag_on_dingtalk.dingtalk.inbound.fields import has_too_many_parts
from rag_on_dingtalk.dingtalk.signature import SHORT_PAST_WINDOW_MS, card_signature_is_valid
from rag_on_dingtalk.webhook.refusals import malformed, unauthorized
from rag_on_dingtalk.webhook.replay_limit import ReplayLimit
from rag_on_dingtalk.webhook.verification import Proof, check_addressee, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.cloud.fc_web import HttpRequest
    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.webhook.routes import BotRoute
    from rag_on_dingtalk.webhook.submit import WebhookContext

_SIGNATURE = "x-ddpaas-signature"


class CardHandler:
    """Answers clicks."""

    def __init__(self, context: WebhookContext) -> None:
        self._context = context
        self._replays = ReplayLimit()

    def answer(self, request: HttpRequest, bot_route: BotRoute) -> HttpResponse:
        """Verify → read → queue → change the card; see `submit.Handler`.

        Only async_answer has state, and finds out whether the card is ours and the click came before.
        """
        now_ms = self._context.now_ms()
        age_ms = verify(_proof(request), bot_route, now_ms)
        signature = request.headers[_SIGNATURE]

        def admits(click: CardAction) -> bool:
            identity = click.turn_id, click.action, click.user_id, click.words
            return self._replays.admits(signature, *identity, age_ms=age_ms)

        update = take_click(_loads(request.body), bot_route, self._context, now_ms=now_ms, admits=admits)
        return HttpResponse(200, msgspec.json.encode(update).decode())


def take_click(
    body: object,
    bot_route: BotRoute,
    context: WebhookContext,
    *,
    now_ms: int,
    admits: Callable[[CardAction], bool] | None = None,
) -> dict[str, Any]:
    """Read → queue, however the click came; what changes the card for the one who clicked, or nothing.

    body: the decoded JSON. admits: False for a click that must not be taken.

    Raises:
        RequestRefusedError: it must change nothing.
    """
    try:
        click = read_click(body, bot=bot_route.bot, now_ms=now_ms)
    except UnreadableClickError as error:
        raise malformed("not_a_click") from error
    if click is None:
        context.log("click_ignored", bot=bot_route.bot)
        return {}
    check_addressee(bot_route, corp_id=click.corp_id or None)
    if admits is not None and not admits(click):
        raise unauthorized("replayed")
    if not context.queue.submit(click, turn_id=click.turn_id, action=click.action):
        return {}
    return card_update(click.action)


def _proof(request: HttpRequest) -> Proof:
    timestamp = request.headers.get("x-ddpaas-signature-timestamp", "")
    signature = request.headers.get(_SIGNATURE, "")
    return Proof(
        signature=signature,
        timestamp=timestamp,
        made_with=lambda secret: card_signature_is_valid(timestamp, signature, secret),
        past_ms=SHORT_PAST_WINDOW_MS,
    )


def _loads(body: bytes) -> object:
    if has_too_many_parts(body):
        raise malformed("too_many_parts")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("not_json") from error
