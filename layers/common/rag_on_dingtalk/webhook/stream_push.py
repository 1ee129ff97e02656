"""What came by Stream for one bot, from "read" on the same as over HTTP: a job in the queue.

There is nothing to verify: the connection is ours, opened with the app's secret, and TLS covers what comes by
it. The bridge calls this; no function imports it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.dingtalk.inbound.org_event import UnreadableEventError, event_of, stream_body
from rag_on_dingtalk.dingtalk.inbound.robot_message import UnreadableMessageError, read_question
from rag_on_dingtalk.webhook.card_action import take_click
from rag_on_dingtalk.webhook.org_event import NewEvents
from rag_on_dingtalk.webhook.robot_message import not_queued_reply, take_message
from rag_on_dingtalk.webhook.verification import check_addressee

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.webhook.routes import BotRoute
    from rag_on_dingtalk.webhook.submit import WebhookContext


class StreamPushes:
    """One bot's pushes. Calls wait for the queue, and may come from several threads."""

    def __init__(self, bot_route: BotRoute, context: WebhookContext) -> None:
        self._bot_route = bot_route
        self._context = context
        self._events = NewEvents(context)

    @property
    def bot(self) -> str:
        """Whose pushes these are."""
        return self._bot_route.bot

    def message(self, data: object) -> bool:
        """Whether nothing is left to do about this robot message; False when the queue did not take it.

        Raises:
            RequestRefusedError: it is no robot message, or for another robot.
        """
        return take_message(data, self._bot_route, self._context, now_ms=self._context.now_ms())

    def not_queued_reply(self, data: object) -> tuple[str, dict[str, Any]] | None:
        """Where and what to post for a message that no attempt brought into the queue; None: there is no way.

        It is what the callback says in its response, posted to the message's sessionWebhook.
        """
        now_ms = self._context.now_ms()
        try:
            question = read_question(
                data, bot=self.bot, webhook_host=self._context.webhook_host, now_ms=now_ms
            )
        except UnreadableMessageError:
            return None
        if question.webhook is None or question.webhook.expires_ms < now_ms:
            return None
        return question.webhook.url, not_queued_reply(self._bot_route)

    def click(self, data: object) -> dict[str, Any]:
        """What changes the card for the one who clicked; empty: nothing.

        Raises:
            RequestRefusedError: it is no click, or of another organisation.
        """
        return take_click(data, self._bot_route, self._context, now_ms=self._context.now_ms())

    def event(self, data: object, headers: Mapping[str, str], message_id: str) -> bool:
        """Whether nothing is left to do about this event; False when the queue did not take it.

        message_id: of this delivery, for an event that brings no id of its own.

        Raises:
            RequestRefusedError: it is of another organisation.
        """
        try:
            event = event_of(
                stream_body(data, headers),
                bot=self.bot,
                fallback_id=message_id,
                now_ms=self._context.now_ms(),
            )
        except UnreadableEventError as error:
            # It will not get better by coming again.
            self._context.log("event_unreadable", level="ERROR", bot=self.bot, error=str(error))
            return True
        check_addressee(self._bot_route, corp_id=event.corp_id or None)
        return self._events.take(event)
