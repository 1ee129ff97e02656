"""The AI card: created and delivered once per turn, then overwritten frame by frame until it is closed.

Sources: "创建并投放卡片" (development/create-and-deliver-cards), "AI 卡片流式更新"
(development/api-streamingupdate).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal

from rag_on_dingtalk.dingtalk.openapi.advice import explained
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.dingtalk.openapi.refusals import is_false
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rag_on_dingtalk.dingtalk.openapi.call_gate import Gate
    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate

#: Our code for a card that was created and delivered to no chat; DingTalk has none, it answers 200.
UNDELIVERED = "undelivered"
#: DingTalk's code for an id that has a card already.
ALREADY_THERE = "param.cardAlreadyExist"
#: DingTalk's codes for an id that has none.
NOT_THERE = frozenset(("param.stream.outTrackId", "param.cardNotExist"))
#: Refusals of a card that say nothing about the app's permissions or its template.
OF_ONE_QUESTION = frozenset(
    (UNDELIVERED, "param.userIdNotExist", "param.openSpaceIdInvalid", "param.openSpaceIdEmpty")
)
#: As the gate of the calls knows it.
CREATE_API = "POST /v1.0/card/instances/createAndDeliver"
#: A frame that comes late is worth nothing, the next one holds its text; the last one must land.
_FRAME_ATTEMPTS = 1
_LAST_FRAME_ATTEMPTS = 5
#: An AI card's state is a variable like the others.
_FLOW_STATUS, _FINISHED, _FAILED = "flowStatus", "3", "5"
#: Variables of our own template, `infra/dingtalk`.
SUGGESTIONS = ("suggestion1", "suggestion2", "suggestion3")
OFFER = "offer"
#: Buttons beside the usual ones, each shown by a variable of its name.
EXTRAS = ("fresh", "deeper")
#: A variable's first value may have 1 KB.
_FIRST_VALUE_BYTES = 1_000
_QUOTED_CHARACTERS = 200

_FrameKind = Literal["unfinished", "finished", "failed"]


class Cards:
    """Cards of one bot.

    robot_code: the delivering robot.
    callback_route: `callbackRouteKey`, under which the address for clicks is registered; empty without one.
    by_stream: clicks go into a Stream connection of the app. In a group DingTalk was seen to refuse such a
        card while none is up.
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
        by_stream: bool = False,
    ) -> None:
        self._api = api
        self._robot_code = robot_code
        self._template = template
        self._callback_route = callback_route
        self._frame_id = frame_id
        self._by_stream = by_stream

    def charged_to(self, gate: Gate) -> Cards:
        """The same cards, each of whose calls passes the gate."""
        return Cards(
            api=self._api.charged_to(gate),
            robot_code=self._robot_code,
            template=self._template,
            callback_route=self._callback_route,
            frame_id=self._frame_id,
            by_stream=self._by_stream,
        )

    async def create(
        self,
        question: Question,
        *,
        summary: str,
        text: str = "",
        suggestions: Sequence[str] = (),
        extras: Sequence[str] = (),
        priority: Priority = Priority.MUST,
        leaving: Callable[[], None] = lambda: None,
    ) -> str:
        """Put a card under the question; returns the key by which a reply names it (`carrierId`).

        summary: what the list of chats shows meanwhile.
        text: the whole answer, if it is known and short (see `fits_creation`): the card is closed at once.
        suggestions: questions that such a card offers.
        extras: names of EXTRAS: further buttons of the finished card.
        leaving: called when the call leaves, after any waiting.

        Raises:
            DingTalkError: DingTalk did not confirm it; ALREADY_THERE when the id has a card already,
                `undelivered` when it exists but reached no chat, and HELD_BACK when it was not sent.
        """

        def _body() -> dict[str, Any]:
            leaving()
            return self._creation(question, summary, self._variables(question, text, suggestions, extras))

        method, path = CREATE_API.split()
        answer = await self._api.call(method, path, _body, priority=priority)
        result = answer.get("result")
        delivered = result.get("deliverResults") if isinstance(result, dict) else None
        outcomes = [
            one for one in (delivered if isinstance(delivered, list) else []) if isinstance(one, dict)
        ]
        for outcome in outcomes:
            # HTTP 200 and success:true say only that the card was created.
            if is_false(outcome.get("success")):
                words = explained(UNDELIVERED, str(outcome.get("errorMsg", "")))
                raise DingTalkError(UNDELIVERED, words, status=200)
        return next((str(one["carrierId"]) for one in outcomes if one.get("carrierId")), "")

    async def show(
        self, out_track_id: str, text: Callable[[], str], *, priority: Priority = Priority.FRAME
    ) -> None:
        """Overwrite the card's text with an unfinished answer.

        text: called when the frame leaves, after any waiting.

        Raises:
            DingTalkError: this frame was refused; the next one holds its text.
        """
        frame_id = self._frame_id()
        await self._send_frame(
            lambda: self._frame(out_track_id, text(), frame_id, "unfinished"),
            priority=priority,
            attempts=_FRAME_ATTEMPTS,
        )

    async def suggest(self, out_track_id: str, questions: Sequence[str], *, offer: str = "") -> None:
        """Offer questions that can be asked with a tap; without buttons in the template nothing is offered.

        offer: which further buttons the card shows.

        Raises:
            DingTalkError: they are not offered.
        """
        offered = dict(zip(SUGGESTIONS, questions, strict=False)) if self._template.buttons else {}
        if offer and self._template.buttons:
            offered[OFFER] = offer
        if offered:
            await self._update(out_track_id, offered, Priority.OFFER if offer else Priority.EXTRA)

    async def close(self, out_track_id: str, text: str, *, failed: bool = False) -> None:
        """Overwrite the card's text and mark it finished; until this lands it looks as if still writing.

        failed: there is no answer. The shared template has words of its own for that, which would take the
            place of `text`; with it the card is finished like any other.
        Closing again with the same text is the same frame to DingTalk, so a retry may do it.
        """
        same_frame = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{out_track_id}\n{text}"))
        failed = failed and self._template.buttons
        try:
            frame = self._frame(out_track_id, text, same_frame, "failed" if failed else "finished")
            await self._send_frame(frame, priority=Priority.MUST, attempts=_LAST_FRAME_ATTEMPTS)
        except DingTalkError:
            # Streaming has a permission and a limit of its own; a card that is out must close all the same.
            status = _FAILED if failed else _FINISHED
            variables = {self._template.variable: text, _FLOW_STATUS: status}
            await self._update(out_track_id, variables, Priority.MUST)

    async def _update(self, out_track_id: str, variables: dict[str, str], priority: Priority) -> None:
        await self._api.call(
            "PUT",
            "/v1.0/card/instances",
            {
                "outTrackId": out_track_id,
                "cardData": {"cardParamMap": variables},
                "cardUpdateOptions": {"updateCardDataByKey": True},
            },
            priority=priority,
        )

    async def _send_frame(
        self, frame: dict[str, Any] | Callable[[], dict[str, Any]], *, priority: Priority, attempts: int
    ) -> None:
        await self._api.call("PUT", "/v1.0/card/streaming", frame, priority=priority, attempts=attempts)

    def _frame(self, out_track_id: str, text: str, guid: str, kind: _FrameKind) -> dict[str, Any]:
        return {
            "outTrackId": out_track_id,
            "guid": guid,
            "key": self._template.variable,
            # Empty content is refused (param.stream.contentEmpty).
            "content": text or " ",
            # Markdown variables take nothing but full text.
            "isFull": True,
            "isFinalize": kind == "finished",
            "isError": kind == "failed",
        }

    def _creation(self, question: Question, summary: str, variables: dict[str, str]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "cardTemplateId": self._template.id,
            "outTrackId": question.turn_id,
            "callbackType": "STREAM" if self._by_stream else "HTTP",
            "cardData": {"cardParamMap": variables},
            "userIdType": 1,
        }
        if self._callback_route and not self._by_stream:
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

    def _variables(
        self, question: Question, text: str, suggestions: Sequence[str], extras: Sequence[str]
    ) -> dict[str, str]:
        first = {self._template.variable: text, **({_FLOW_STATUS: _FINISHED} if text else {})}
        if not self._template.buttons:
            return first
        quoted = question.text[:_QUOTED_CHARACTERS]
        offered = dict(zip(SUGGESTIONS, (*suggestions, *("",) * len(SUGGESTIONS)), strict=False))
        return {**first, "question": quoted, **offered, **dict.fromkeys(extras, "true")}


def fits_creation(text: str) -> bool:
    """Whether a card can be created with this text in it."""
    return len(text) <= _FIRST_VALUE_BYTES and len(text.encode(errors="replace")) <= _FIRST_VALUE_BYTES


def can_have_card(question: Question) -> bool:
    """A private card is addressed by staff id, which people outside the organisation do not have."""
    return question.conversation.is_group or bool(question.sender.staff_id)
