"""A card of the bot's template that answers no question: it tells operators something and is written anew.

Source: "创建并投放卡片" (development/create-and-deliver-cards); `openSpaceId` takes several places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.dingtalk.cards.ai_card import ALREADY_THERE, SUGGESTIONS, UNDELIVERED
from rag_on_dingtalk.dingtalk.openapi.refusals import is_false
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
    from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate

#: An AI card's state; a finished one is not shown as being written.
_FINISHED = {"flowStatus": "3"}


class NoticeCards:
    """Cards for one group, or for several people in private.

    group: openConversationId of a group that the robot is in; empty: people.
    people: staff ids.
    callback_route: as for `Cards`.
    """

    def __init__(
        self,
        api: OpenApi,
        *,
        robot_code: str,
        template: CardTemplate,
        callback_route: str,
        group: str,
        people: Sequence[str],
    ) -> None:
        self._api = api
        self._robot_code = robot_code
        self._template = template
        self._callback_route = callback_route
        self._group = group
        self._people = people

    async def post(self, card_id: str, markdown: str, *, summary: str, buttons: Sequence[str]) -> None:
        """Put the card there; one that is there already is written anew.

        summary: what the list of chats shows.

        Raises:
            DingTalkError: it is not there.
        """
        try:
            answer = await self._api.call(
                "POST", "/v1.0/card/instances/createAndDeliver", self._creation(card_id, summary)
            )
        except DingTalkError as error:
            if error.code != ALREADY_THERE:
                raise
        else:
            result = answer.get("result")
            delivered = result.get("deliverResults") if isinstance(result, dict) else None
            outcomes = [one for one in delivered or [] if isinstance(one, dict)]
            if outcomes and all(is_false(one.get("success")) for one in outcomes):
                raise DingTalkError(UNDELIVERED, str(outcomes[0].get("errorMsg", "")), status=200)
        await self.write(card_id, markdown, buttons=buttons)

    async def write(self, card_id: str, markdown: str, *, buttons: Sequence[str]) -> None:
        """Overwrite the card.

        Raises:
            DingTalkError: refused.
        """
        variables = {self._template.variable: markdown, **_FINISHED}
        if self._template.buttons:
            words = [*buttons, *[""] * len(SUGGESTIONS)]
            variables |= dict(zip(SUGGESTIONS, words, strict=False))
        await self._api.call(
            "PUT",
            "/v1.0/card/instances",
            {
                "outTrackId": card_id,
                "cardData": {"cardParamMap": variables},
                "cardUpdateOptions": {"updateCardDataByKey": True},
            },
        )

    def _creation(self, card_id: str, summary: str) -> dict[str, Any]:
        empty = {self._template.variable: " "}
        if self._template.buttons:
            empty |= {"question": "", **dict.fromkeys(SUGGESTIONS, "")}
        body: dict[str, Any] = {
            "cardTemplateId": self._template.id,
            "outTrackId": card_id,
            "callbackType": "HTTP",
            "cardData": {"cardParamMap": empty},
            "userIdType": 1,
        }
        if self._callback_route:
            body["callbackRouteKey"] = self._callback_route
        notice = {"supportForward": True, "lastMessageI18n": {"ZH_CN": summary, "EN_US": summary}}
        if self._group:
            return body | {
                "openSpaceId": f"dtv1.card//IM_GROUP.{self._group}",
                "imGroupOpenSpaceModel": notice,
                "imGroupOpenDeliverModel": {"robotCode": self._robot_code},
            }
        return body | {
            "openSpaceId": ";".join(f"dtv1.card//IM_ROBOT.{person}" for person in self._people),
            "imRobotOpenSpaceModel": notice,
            "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": self._robot_code},
        }
