"""The AI card: created and delivered once per turn, then overwritten frame by frame until it is closed.

Sources: "创建并投放卡片" (development/create-and-deliver-cards), "AI 卡片流式更新"
(development/api-streamingupdate).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal

from rag_on_dingtalk.dingtalk.advice import explained
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rag_on_dingtalk.config import CardTemplate
    from rag_on_dingtalk.dingtalk.client import Gate, OpenApi
    from rag_on_dingtalk.model import Question

#: Our code for a card that was created and reached nobody; DingTalk has none, it answers 200.
UNDELIVERED = "undelivered"
_ALREADY_THERE = "param.cardAlreadyExist"
#: A frame that comes late is worth nothing, the next one holds its text; the last one must land.
_FRAME_ATTEMPTS = 1
_LAST_FRAME_ATTEMPTS = 5
#: An AI card's state is a variable like the others.
_FLOW_STATUS, _FINISHED, _FAILED = "flowStatus", "3", "5"
#: Variables of our own template, `infra/dingtalk`.
SUGGESTIONS = ("suggestion1", "suggestion2", "suggestion3")
#: A variable's first value may have 1 KB.
_QUOTED_CHARACTERS = 200

_FrameKind = Literal["unfinished", "finished", "failed"]


class Cards:
    """Cards of one bot.

    robot_code: the delivering robot.
    callback_route: `callbackRouteKey`, under which the address for clicks is registered; empty without one.
    frame_id: a new id per unfinished frame (`guid`, DingTalk's idempotency id).
    """

    def __init__(
        self,
        *,
        api: OpenApi,
        robot_code: str,
        template: CardTemplate,
        callback_route: str,
        frame_id: Callable[[], str],
    ) -> None:
        self._api = api
        self._robot_code = robot_code
        self._template = template
        self._callback_route = callback_route
        self._frame_id = frame_id

    def charged_to(self, gate: Gate) -> Cards:
        """The same cards, each of whose calls passes the gate."""
        return Cards(
            api=self._api.charged_to(gate),
            robot_code=self._robot_code,
            template=self._template,
            callback_route=self._callback_route,
            frame_id=self._frame_id,
        )

    async def create(self, question: Question, *, summary: str) -> None:
        """Put an empty card under the question; finding it there already is success.

        summary: what the list of chats shows meanwhile.

        Raises:
            DingTalkError: there is no card; `undelivered` when it exists but reached nobody.
        """
        try:
            answer = await self._api.call(
                "POST", "/v1.0/card/instances/createAndDeliver", self._creation(question, summary)
            )
        except DingTalkError as error:
            if error.code == _ALREADY_THERE:
                return
            raise
        result = answer.get("result")
        delivered = result.get("deliverResults") if isinstance(result, dict) else None
        for outcome in delivered if isinstance(delivered, list) else []:
            # HTTP 200 and success:true say only that the card was created.
            if isinstance(outcome, dict) and outcome.get("success") is False:
                words = explained(UNDELIVERED, str(outcome.get("errorMsg", "")))
                raise DingTalkError(UNDELIVERED, words, status=200)

    async def show(self, out_track_id: str, text: str) -> None:
        """Overwrite the card's text with an unfinished answer."""
        await self._frame(out_track_id, text, self._frame_id(), "unfinished")

    async def suggest(self, out_track_id: str, questions: Sequence[str]) -> None:
        """Offer questions that can be asked with a tap; without buttons in the template nothing is offered.

        Raises:
            DingTalkError: they are not offered.
        """
        offered = dict(zip(SUGGESTIONS, questions, strict=False)) if self._template.buttons else {}
        if offered:
            await self._update(out_track_id, offered)

    async def close(self, out_track_id: str, text: str, *, failed: bool = False) -> None:
        """Overwrite the card's text and mark it finished; until this lands it looks as if still writing.

        failed: there is no answer. The shared template has words of its own for that, which would take the
            place of `text`; with it the card is finished like any other.
        Closing again with the same text is the same frame to DingTalk, so whoever resumes may do it.
        """
        same_frame = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{out_track_id}\n{text}"))
        failed = failed and self._template.buttons
        try:
            await self._frame(out_track_id, text, same_frame, "failed" if failed else "finished")
        except DingTalkError:
            # Streaming has a permission and a limit of its own; a card that is out must close all the same.
            status = _FAILED if failed else _FINISHED
            await self._update(out_track_id, {self._template.variable: text, _FLOW_STATUS: status})

    async def _update(self, out_track_id: str, variables: dict[str, str]) -> None:
        await self._api.call(
            "PUT",
            "/v1.0/card/instances",
            {
                "outTrackId": out_track_id,
                "cardData": {"cardParamMap": variables},
                "cardUpdateOptions": {"updateCardDataByKey": True},
            },
        )

    async def _frame(self, out_track_id: str, text: str, guid: str, kind: _FrameKind) -> None:
        await self._api.call(
            "PUT",
            "/v1.0/card/streaming",
            {
                "outTrackId": out_track_id,
                "guid": guid,
                "key": self._template.variable,
                # Empty content is refused (param.stream.contentEmpty).
                "content": text or " ",
                # Markdown variables take nothing but full text.
                "isFull": True,
                "isFinalize": kind == "finished",
                "isError": kind == "failed",
            },
            attempts=_FRAME_ATTEMPTS if kind == "unfinished" else _LAST_FRAME_ATTEMPTS,
        )

    def _creation(self, question: Question, summary: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "cardTemplateId": self._template.id,
            "outTrackId": question.turn_id,
            "callbackType": "HTTP",
            "cardData": {"cardParamMap": self._variables(question)},
            "userIdType": 1,
        }
        if self._callback_route:
            body["callbackRouteKey"] = self._callback_route
        notice = {"supportForward": True, "lastMessageI18n": {"ZH_CN": summary, "EN_US": summary}}
        if question.conversation.is_group:
            mention = {question.sender.staff_id: question.sender.nick} if question.sender.staff_id else {}
            return body | {
                "openSpaceId": f"dtv1.card//IM_GROUP.{question.conversation.id}",
                "imGroupOpenSpaceModel": notice,
                "imGroupOpenDeliverModel": {"robotCode": self._robot_code, "atUserIds": mention},
            }
        return body | {
            "openSpaceId": f"dtv1.card//IM_ROBOT.{question.sender.staff_id}",
            "imRobotOpenSpaceModel": notice,
            "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": self._robot_code},
        }

    def _variables(self, question: Question) -> dict[str, str]:
        empty = {self._template.variable: ""}
        if not self._template.buttons:
            return empty
        quoted = question.text[:_QUOTED_CHARACTERS]
        return {**empty, "question": quoted, **dict.fromkeys(SUGGESTIONS, "")}


def can_have_card(question: Question) -> bool:
    """A private card is addressed by staff id, which people outside the organisation do not have."""
    return question.conversation.is_group or bool(question.sender.staff_id)
