"""DingTalk in memory: the other side of the calls, and what every person sees.

What the calls answer follows the emulator in `emulators/dingtalk`; what is not simulated gets 404, so that
a new call is noticed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from random import Random

    from devserver.simulation.world import Work, World

#: The streamed variable of the simulated bot's template.
VARIABLE = "msgContent"
#: Values of `flowStatus`.
_FINISHED, _FAILED = "3", "5"

Answer = tuple[int, dict[str, Any]]
_DONE: Answer = (200, {"success": True, "result": True})


@dataclass(eq=False)
class Change:
    """Something that a person sees from now on.

    at, sent: when DingTalk carried the call out, and when its caller made it. work: the caller.
    acknowledged: when a caller had DingTalk's yes, and which caller; None: none ever had.
    """

    at: float
    sent: float
    work: Work | None
    text: str = ""
    acknowledged: float | None = None
    acknowledged_by: Work | None = None


@dataclass(eq=False)
class Frame(Change):
    """One change of a card.

    kind: an unfinished text, or what ends it. late: the card was closed already, and this would have changed
        it.
    """

    kind: Literal["text", "final"] = "text"
    guid: str = ""
    late: bool = False


@dataclass(eq=False)
class Message(Change):
    """A message in a chat.

    turn_id: of the question whose sessionWebhook took it; empty for one through the OpenAPI.
    """

    chat: str = ""
    turn_id: str = ""


@dataclass(eq=False)
class Card:
    """A card; delivered: a person can see it.

    failed_ends: when calls that would have ended it were made, and DingTalk did not take them.
    """

    track_id: str
    creation: Change
    delivered: bool
    text: str = ""
    closed: bool = False
    frames: list[Frame] = field(default_factory=list)
    guids: dict[str, str] = field(default_factory=dict)
    failed_ends: list[float] = field(default_factory=list)


@dataclass(eq=False)
class Call:
    """One call that arrived; `changes`: what it did, or found done."""

    at: float
    sent: float
    work: Work | None
    changes: list[Change] = field(default_factory=list)

    def acknowledge(self, now: float) -> None:
        """The caller has the answer."""
        for change in self.changes:
            if change.acknowledged is None:
                change.acknowledged, change.acknowledged_by = now, self.work


class DingTalk:
    """The organisation's cards and chats.

    undelivered: how often a new card is created and delivered nowhere. no_cards: how often its creation is
        refused, for want of a permission.
    """

    def __init__(self, world: World, random: Random, *, undelivered: float, no_cards: float) -> None:
        self._world = world
        self._random = random
        self._undelivered = undelivered
        self._no_cards = no_cards
        self.cards: dict[str, Card] = {}
        self.messages: list[Message] = []

    def take(self, api: str, query: str, body: dict[str, Any], call: Call) -> Answer:
        """Carry a call out; returns status and body.

        api: method and path.
        """
        match api:
            case "POST /v1.0/oauth2/accessToken":
                answer: Answer = (200, {"accessToken": "token", "expireIn": 7200})
            case "POST /v1.0/card/instances/createAndDeliver":
                answer = self._create(body, call)
            case "PUT /v1.0/card/streaming":
                answer = self._stream(body, call)
            case "PUT /v1.0/card/instances":
                answer = self._update(body, call)
            case "POST /v1.0/robot/groupMessages/send":
                answer = self._message(str(body["openConversationId"]), _words(body), call)
            case "POST /v1.0/robot/oToMessages/batchSend":
                answer = self._message(f"private:{body['userIds'][0]}", _words(body), call)
            case "POST /robot/sendBySession":
                answer = self._by_webhook(query, body, call)
            case _:
                answer = (404, {"code": "not_simulated", "message": f"{api} is not simulated. Add it."})
        return answer

    def _create(self, body: dict[str, Any], call: Call) -> Answer:
        track_id = str(body["outTrackId"])
        if self._random.random() < self._no_cards:
            return 403, {"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied", "message": "no scope"}
        if track_id in self.cards:
            return 400, {"code": "param.cardAlreadyExist", "message": "the card exists"}
        delivered = self._random.random() >= self._undelivered
        creation = Change(call.at, call.sent, call.work)
        call.changes.append(creation)
        card = self.cards[track_id] = Card(track_id, creation, delivered)
        variables = body["cardData"]["cardParamMap"]
        if variables.get("flowStatus") == _FINISHED:
            # Created with its whole text: the creation is its last frame, too.
            frame = Frame(call.at, call.sent, call.work, str(variables[VARIABLE]), kind="final")
            card.text, card.closed = frame.text, True
            card.frames.append(frame)
            call.changes.append(frame)
        self._note("card.created" if delivered else "card.undelivered", track_id, call)
        variables = body["cardData"]["cardParamMap"]
        if variables.get("flowStatus") in (_FINISHED, _FAILED):
            self._overwrite(self.cards[track_id], call, str(variables.get(VARIABLE, "")), final=True)
        result = {"spaceId": str(body.get("openSpaceId", "")), "success": delivered, "errorMsg": ""}
        if not delivered:
            result["errorMsg"] = "the robot is not in this conversation"
        return 200, {"success": True, "result": {"outTrackId": track_id, "deliverResults": [result]}}

    def _stream(self, body: dict[str, Any], call: Call) -> Answer:
        card = self.cards.get(str(body["outTrackId"]))
        if card is None:
            return 400, {"code": "param.stream.outTrackId", "message": "there is no such card"}
        guid, text = str(body["guid"]), str(body["content"])
        if card.guids.get(guid) == text:
            # DingTalk's own idempotency: the same frame once more changes nothing, and its yes is as good.
            call.changes += [frame for frame in card.frames if frame.guid == guid]
            return _DONE
        card.guids[guid] = text
        final = bool(body.get("isFinalize") or body.get("isError"))
        self._overwrite(card, call, text, guid=guid, final=final)
        return _DONE

    def _update(self, body: dict[str, Any], call: Call) -> Answer:
        card = self.cards.get(str(body["outTrackId"]))
        if card is None:
            return 400, {"code": "param.cardNotExist", "message": "there is no such card"}
        variables = body["cardData"]["cardParamMap"]
        final = variables.get("flowStatus") in (_FINISHED, _FAILED)
        self._overwrite(card, call, str(variables.get(VARIABLE, card.text)), final=final)
        return _DONE

    def _overwrite(self, card: Card, call: Call, text: str, *, final: bool, guid: str = "") -> None:
        frame = Frame(call.at, call.sent, call.work, text, kind="final" if final else "text", guid=guid)
        # What becomes of it after the end is not documented; a bot must not depend on either outcome.
        frame.late = card.closed and not (final and text == card.text)
        card.frames.append(frame)
        call.changes.append(frame)
        if card.closed and final and text == card.text:
            # The same end by another call: its yes says that the card is closed.
            call.changes += [one for one in card.frames if one.kind == "final"]
        if not card.closed:
            card.text, card.closed = text, final
        kind = "card.late" if frame.late else "card.final" if final else "card.frame"
        self._note(kind, card.track_id, call, f"{len(text)} characters")

    def _message(self, chat: str, text: str, call: Call, turn_id: str = "") -> Answer:
        message = Message(call.at, call.sent, call.work, text, chat=chat, turn_id=turn_id)
        self.messages.append(message)
        call.changes.append(message)
        self._note("message", turn_id or (call.work.turn_id if call.work else ""), call, text[:40])
        return 200, {"processQueryKey": "key", "invalidStaffIdList": [], "flowControlledStaffIdList": []}

    def _by_webhook(self, query: str, body: dict[str, Any], call: Call) -> Answer:
        self._message("", str(body["markdown"]["text"]), call, query.partition("session=")[2])
        return 200, {"errcode": 0, "errmsg": "ok"}

    def _note(self, kind: str, turn_id: str, call: Call, detail: str = "") -> None:
        self._world.note(kind, turn_id, detail, process=call.work.process if call.work else None)


def _words(body: dict[str, Any]) -> str:
    return str(msgspec.json.decode(body["msgParam"]).get("text", ""))
