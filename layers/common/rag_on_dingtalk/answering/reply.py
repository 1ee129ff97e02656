"""The reply ladder: AI card, else the conversation's webhook, else a message through the OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.answering.card_pause import CardPause
from rag_on_dingtalk.answering.pacing import Level
from rag_on_dingtalk.dingtalk.cards import UNDELIVERED, can_have_card
from rag_on_dingtalk.dingtalk.markdown import link_to
from rag_on_dingtalk.dingtalk.replies import (
    file_message,
    markdown_message,
    send_by_webhook,
    send_message,
    webhook_is_alive,
)
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from rag_on_dingtalk.answering.budget import CallBudget
    from rag_on_dingtalk.answering.pacing import Mode
    from rag_on_dingtalk.dingtalk.cards import Cards
    from rag_on_dingtalk.dingtalk.client import OpenApi
    from rag_on_dingtalk.model import FileMessage, Question
    from rag_on_dingtalk.telemetry.lines import LogLine


class Channels:
    """The ways one bot can reach people, and what they may cost.

    cards: None when the bot answers with markdown only.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        api: OpenApi,
        cards: Cards | None,
        robot_code: str,
        budget: CallBudget,
        clock: Callable[[], int],
    ) -> None:
        self.http = http
        self.api = api
        self.cards = cards
        self.robot_code = robot_code
        self.budget = budget
        self.clock = clock
        self.card_pause = CardPause()


class Reply:
    """How one question's answer goes out.

    allowance: what it may cost; webhook replies cost nothing.
    """

    def __init__(self, channels: Channels, question: Question, *, title: str, log: LogLine) -> None:
        self._channels = channels
        self.allowance = channels.budget.allowance()
        self._api = channels.api.charged_to(self.allowance)
        self._cards = channels.cards.charged_to(self.allowance) if channels.cards else None
        self._question = question
        self._title = title
        self._log = log

    @property
    def calls(self) -> int:
        """OpenAPI calls spent so far."""
        return self.allowance.calls

    async def open_card(self, summary: str, *, mode: Mode, resumed: bool) -> bool:
        """Put a card under the question; False when there is none and the answer will be a message.

        mode: how often it will be overwritten.
        resumed: an earlier attempt may have put it there.
        """
        cards = self._cards
        if cards is None or not can_have_card(self._question):
            return False
        pause, clock = self._channels.card_pause, self._channels.clock
        if not pause.over(clock()):
            return resumed
        if not await self.allowance.for_card(mode):
            self._log("no_calls_for_a_card", level="WARNING")
            return resumed
        try:
            await cards.create(self._question, summary=summary)
        except DingTalkError as error:
            self._log("card_refused", level="WARNING", code=error.code, error=str(error))
            if pause.refused(error, clock()):
                self._log("cards_paused", level="ERROR", code=error.code, error=str(error))
            # One that may be there must be closed, or it looks for ever as if being written. Closing tells.
            may_have_happened = error.retryable and not error.throttled
            return error.code != UNDELIVERED and (resumed or may_have_happened)
        pause.taken()
        return True

    async def show_on_card(self, text: str) -> None:
        """Overwrite the card with an unfinished answer.

        Raises:
            DingTalkError: this frame was refused; the next one holds its text.
        """
        if self._cards is not None:
            await self._cards.show(self._question.turn_id, text)

    async def close_card(self, text: str, *, failed: bool, suggestions: Sequence[str]) -> bool:
        """Overwrite the card with the finished text; False when that could not be had.

        failed: the text says why there is no answer.
        suggestions: questions to offer with it.
        """
        cards = self._cards
        if cards is None:
            return False
        try:
            if self.allowance.level is Level.AMPLE:
                await cards.suggest(self._question.turn_id, suggestions)
        except DingTalkError as error:
            self._log("suggestions_refused", level="WARNING", code=error.code, error=str(error))
        try:
            await cards.close(self._question.turn_id, text, failed=failed)
        except DingTalkError as error:
            self._log("card_not_closed", level="ERROR", code=error.code, error=str(error))
            return False
        return True

    async def send(self, markdown: str) -> Literal["webhook", "openapi"]:
        """Send a message; returns what took it.

        Raises:
            DingTalkError: neither the webhook nor the OpenAPI took it.
        """
        if webhook_is_alive(self._question.webhook, self._channels.clock()):
            try:
                await send_by_webhook(
                    self._channels.http, self._question, title=self._title, markdown=markdown
                )
            except DingTalkError as error:
                self._log("webhook_refused", level="WARNING", code=error.code, error=str(error))
            else:
                return "webhook"
        message = markdown_message(self._title, markdown)
        await send_message(self._api, self._question, message, robot_code=self._channels.robot_code)
        return "openapi"

    async def send_file(self, file: FileMessage) -> None:
        """Send a file, or else a link to where it came from.

        Raises:
            DingTalkError: not even the link was taken.
        """
        try:
            message = file_message(file.media_id, file.name)
            await send_message(self._api, self._question, message, robot_code=self._channels.robot_code)
        except DingTalkError as error:
            self._log("file_refused", level="WARNING", code=error.code, error=str(error))
            await self.send(link_to(file.name, file.url))

    async def aclose(self) -> None:
        """Leave what was not spent to the next answer."""
        await self.allowance.aclose()
