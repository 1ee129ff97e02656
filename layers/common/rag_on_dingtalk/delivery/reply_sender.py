"""The reply ladder: AI card, else the conversation's webhook, else a message through the OpenAPI."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.delivery.pacing import Level
from rag_on_dingtalk.dingtalk.cards.ai_card import ALREADY_THERE, CREATE_API, NOT_THERE, can_have_card
from rag_on_dingtalk.dingtalk.openapi.call_gate import HELD_BACK, Priority
from rag_on_dingtalk.dingtalk.outbound.messages import (
    file_message,
    markdown_message,
    send_by_webhook,
    send_message,
    webhook_is_alive,
)
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.question import Conversation, ConversationType
from rag_on_dingtalk.rendering.markdown import first_words, for_message, link_to, one_line
from rag_on_dingtalk.storage.turns.outcome import CardState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rag_on_dingtalk.delivery.channels import Channels
    from rag_on_dingtalk.delivery.fence import Fence
    from rag_on_dingtalk.delivery.pacing import Mode
    from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
    from rag_on_dingtalk.dingtalk.outbound.messages import OutboundMessage
    from rag_on_dingtalk.models.answer import FileMessage
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine


#: Of the question, in the list of chats.
_SUMMARY_CHARACTERS = 60


class ReplySender:
    """How one question's answer goes out.

    title: what a message is called in the list of chats whose own words make no title.
    reservation: the calls it may make; webhook replies cost none.
    mode: the pace of its frames, as the bot is set.
    fence: passed immediately before each call leaves.
    set_aside_in: the month of the call that an earlier invocation has set aside to close the card.
    """

    def __init__(
        self,
        channels: Channels,
        question: Question,
        *,
        title: str,
        mode: Mode,
        fence: Fence,
        log: LogLine,
        set_aside_in: str = "",
    ) -> None:
        self._channels = channels
        self._fence = fence
        self.reservation = channels.quota.reservation(fence, mode=mode, set_aside_in=set_aside_in)
        self._api = channels.api.charged_to(self.reservation)
        self._cards = channels.cards.charged_to(self.reservation) if channels.cards else None
        self._question = question
        self._title = title
        self._log = log
        #: By which a reply to the card names it, once it stands in the chat.
        self.card_key = ""
        #: Buttons that its card has beside the usual ones, if it is created from now on.
        self.extras: tuple[str, ...] = ()
        #: Questions to offer on a card that is created with the whole answer.
        self.suggestions: tuple[str, ...] = ()
        #: The same for each message that the OpenAPI took.
        self.message_keys: list[str] = []

    def only_to_asker(self) -> None:
        """From now on everything goes to the asker's private chat with the bot, not to the group.

        A person without a staff id has none that the API could address.
        """
        question = self._question
        if question.conversation.is_group and question.sender.staff_id:
            private = Conversation(question.conversation.id, ConversationType.ONE_TO_ONE)
            # The sessionWebhook is the group's.
            self._question = msgspec.structs.replace(question, conversation=private, webhook=None)

    @property
    def calls(self) -> int:
        """OpenAPI calls spent so far."""
        return self.reservation.calls

    @property
    def may_have_cards(self) -> bool:
        """Whether a card may have been created for this question."""
        return self._cards is not None and can_have_card(self._question)

    @property
    def cards_wait(self) -> bool:
        """Whether new cards wait for their places in the second."""
        return self._channels.quota.limiter(CREATE_API).waiting > 0

    async def open_card(
        self, summary: str, *, text: str = "", crowded: str = "", leaving: Callable[[], None] = lambda: None
    ) -> CardState:
        """Put a card under the question; tells whether DingTalk confirmed that it stands in the chat.

        summary: what the list of chats shows of it when the question has no words.
        text: the whole answer, which the card shows from the first: it need not be closed.
        crowded: said at once when the answer goes without a card because too many people ask.
        leaving: called when the call leaves, or what is said in its stead; it may be cancelled before.

        Returns DELIVERED; NONE: the answer will be a message; UNKNOWN: a card of this id may be there.
        """
        cards = self._cards
        if cards is None or not can_have_card(self._question):
            return CardState.NONE
        pause, clock = self._channels.card_pause, self._channels.clock
        if not pause.over(clock()):
            return CardState.NONE
        if not await self.reservation.for_card():
            self._log("no_calls_for_a_card", level="WARNING")
            return CardState.NONE
        try:
            self.card_key = await self._create_card(cards, summary, text, crowded, leaving)
        except DingTalkError as error:
            self._log("card_refused", level="WARNING", code=error.code, error=str(error))
            if error.code == ALREADY_THERE:
                # Which invocation created it, and whether it was delivered, DingTalk does not tell.
                return CardState.UNKNOWN
            if pause.refused(error, clock()):
                self._log("cards_paused", level="ERROR", code=error.code, error=str(error))
            return CardState.UNKNOWN if error.may_have_happened else CardState.NONE
        pause.taken()
        return CardState.DELIVERED

    async def _create_card(
        self, cards: Cards, summary: str, text: str, crowded: str, leaving: Callable[[], None]
    ) -> str:
        """The key of the new card.

        Raises:
            DingTalkError: HELD_BACK, too many people ask, and this one has been told so.
        """
        create = partial(
            cards.create,
            self._question,
            summary=one_line(self._question.text, most=_SUMMARY_CHARACTERS) or summary,
            text=text,
            suggestions=self.suggestions if text else (),
            extras=self.extras,
            leaving=leaving,
        )
        if not self.may_use_webhook:
            return await create()
        try:
            return await create(priority=Priority.CARD)
        except DingTalkError as error:
            if error.code != HELD_BACK or error.may_have_happened:
                raise
            self._log("no_place_for_a_card")
            leaving()
            if not crowded or await self.send_by_webhook(crowded):
                raise
        return await create()

    async def show_on_card(self, text: Callable[[], str], priority: Priority) -> None:
        """Overwrite the card with an unfinished answer.

        text: called when the frame leaves, after any waiting.

        Raises:
            DingTalkError: this frame was refused; the next one holds its text.
        """
        if self._cards is not None:
            await self._cards.show(self._question.turn_id, text, priority=priority)

    async def close_card(
        self, text: str, *, failed: bool, suggestions: Sequence[str], offer: str = "", certain: bool = True
    ) -> bool:
        """Overwrite the card with the finished text; False: there is none.

        failed: the text says why there is no answer.
        suggestions: questions to offer with it.
        offer: further buttons, of which the text speaks.
        certain: there is a card; False: none to close is as good as a closed one.

        Raises:
            DingTalkError: the card is not closed.
        """
        cards = self._cards
        if cards is None:
            raise DingTalkError("no_cards", "the bot has no card template any more")
        try:
            if offer or (suggestions and self.reservation.level is Level.AMPLE):
                await cards.suggest(self._question.turn_id, suggestions, offer=offer)
        except DingTalkError as error:
            self._log("suggestions_refused", level="WARNING", code=error.code, error=str(error))
        try:
            await cards.close(self._question.turn_id, text, failed=failed)
        except DingTalkError as error:
            if not certain and error.code in NOT_THERE:
                return False
            self._log("card_not_closed", level="ERROR", code=error.code, error=str(error))
            raise
        return True

    async def send(self, markdown: str) -> Literal["webhook", "openapi"]:
        """Send a message; returns what took it.

        Raises:
            DingTalkError: neither the webhook nor the OpenAPI took it.
        """
        if self.may_use_webhook and await self.send_by_webhook(markdown):
            return "webhook"
        await self._send_by_api(markdown_message(self._title_of(markdown), markdown))
        return "openapi"

    @property
    def may_use_webhook(self) -> bool:
        """Whether the conversation's webhook is still good."""
        return webhook_is_alive(self._question.webhook, self._channels.clock())

    async def send_by_webhook(self, markdown: str) -> bool:
        """Send a message by the conversation's webhook alone; False: refused, as a log line says."""
        await self._fence.opened()
        title = self._title_of(markdown)
        try:
            await send_by_webhook(self._channels.http, self._question, title=title, markdown=markdown)
        except DingTalkError as error:
            self._log("webhook_refused", level="WARNING", code=error.code, error=str(error))
            return False
        return True

    async def send_file(self, file: FileMessage) -> None:
        """Send a file, or else a link to where it came from.

        Raises:
            DingTalkError: not even the link was taken.
        """
        try:
            await self._send_by_api(file_message(file.media_id, file.name))
        except DingTalkError as error:
            self._log("file_refused", level="WARNING", code=error.code, error=str(error))
            await self.send(for_message(link_to(file.name, file.url)))

    async def _send_by_api(self, message: OutboundMessage) -> None:
        robot_code = self._channels.robot_code
        self.message_keys.append(
            await send_message(self._api, self._question, message, robot_code=robot_code)
        )

    def _title_of(self, markdown: str) -> str:
        return first_words(markdown) or self._title

    async def aclose(self) -> None:
        """Leave what was not spent to the next answer."""
        await self.reservation.aclose()
