"""How a bot tells its operators something: one card that is written anew, or messages without cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.pacing import Level
from rag_on_dingtalk.dingtalk.cards.notice_card import NoticeCards
from rag_on_dingtalk.dingtalk.outbound.broadcast import send_to_group, send_to_people
from rag_on_dingtalk.rendering.markdown import first_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
    from rag_on_dingtalk.pipeline.context import BotRuntime
    from rag_on_dingtalk.settings.bot import Bot


def operators_of(bot: Bot) -> tuple[str, ...]:
    """Staff ids of those who operate a bot."""
    return bot.operations.operators or bot.administrators


class OperatorChannel:
    """One bot's way to its operators; every call is reserved like an answer's."""

    def __init__(self, runtime: BotRuntime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings

    @property
    def reachable(self) -> bool:
        """Whether there are operators to tell."""
        return bool(self._settings.operations.group or operators_of(self._settings))

    async def post(self, card_id: str, markdown: str, *, buttons: Sequence[str]) -> None:
        """Tell of something new.

        Raises:
            DingTalkError: they were not told.
        """
        await self._send(card_id, markdown, buttons, new=True)

    async def rewrite(self, card_id: str, markdown: str, *, buttons: Sequence[str], last: bool) -> None:
        """Write the card anew; where there are no cards, only the last word is a message.

        Raises:
            DingTalkError: refused.
        """
        if last or self._settings.dingtalk.card is not None:
            await self._send(card_id, markdown, buttons, new=False)

    async def message(self, markdown: str) -> None:
        """Send a message.

        Raises:
            DingTalkError: refused.
        """
        reservation = self._runtime.channels.quota.reservation()
        try:
            await self._message(self._runtime.channels.api.charged_to(reservation), markdown)
        finally:
            await reservation.aclose()

    async def picture(self, name: str, data: bytes) -> str:
        """Upload a PNG; its media id, or empty where the month runs short of calls.

        Raises:
            DingTalkError: it was not taken.
        """
        reservation = self._runtime.channels.quota.reservation()
        try:
            if reservation.level is not Level.AMPLE:
                return ""
            media = self._runtime.media.charged_to(reservation)
            return await media.upload("image", name=name, media_type="image/png", data=data)
        finally:
            await reservation.aclose()

    async def _send(self, card_id: str, markdown: str, buttons: Sequence[str], *, new: bool) -> None:
        reservation = self._runtime.channels.quota.reservation()
        api = self._runtime.channels.api.charged_to(reservation)
        template, callback = self._settings.dingtalk.card, self._settings.dingtalk.card_callback
        try:
            if template is None:
                await self._message(api, markdown)
                return
            cards = NoticeCards(
                api,
                robot_code=self._runtime.channels.robot_code,
                template=template,
                callback_route=callback.route if callback else "",
                group=self._settings.operations.group,
                people=operators_of(self._settings),
            )
            if new:
                summary = first_words(markdown) or self._settings.title
                await cards.post(card_id, markdown, summary=summary, buttons=buttons)
            else:
                await cards.write(card_id, markdown, buttons=buttons)
        finally:
            await reservation.aclose()

    async def _message(self, api: OpenApi, markdown: str) -> None:
        robot_code, group = self._runtime.channels.robot_code, self._settings.operations.group
        title = first_words(markdown) or self._settings.title
        if group:
            await send_to_group(api, group, robot_code=robot_code, title=title, markdown=markdown)
        else:
            await send_to_people(
                api,
                operators_of(self._settings),
                robot_code=robot_code,
                title=title,
                markdown=markdown,
            )
