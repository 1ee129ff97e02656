"""The card calls: create and deliver, stream, update, register the callback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.dingtalk import faults as fault
from emulators.dingtalk.openapi.calls.card_fields import (
    callback_type,
    frame_fields,
    track_id,
    user_id_type,
    variables,
)
from emulators.dingtalk.openapi.calls.spaces import GROUP, Space, deliver_model, parse_open_space_id
from emulators.dingtalk.openapi.endpoint import (
    INVALID,
    GuardedEndpoint,
    JsonObject,
    flag,
    mapping,
    strings,
    text,
)
from emulators.dingtalk.openapi.errors import permission_denied, refused, template_missing
from emulators.dingtalk.organisation.cards import Card, Frame
from emulators.dingtalk.organisation.ledger import STREAMING_API
from emulators.dingtalk.organisation.people import CARD_SCOPE, STREAMING_SCOPE
from emulators.dingtalk.tenant import CardCallback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.dingtalk.organisation.chats import Conversation
    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.dingtalk.tenant import Tenant
    from emulators.faults import FaultBoard


class CardCalls:
    """What the card calls do to one organisation's cards.

    is_heard: whether a Stream connection of the app is up that clicks can go to.
    """

    def __init__(self, tenant: Tenant, faults: FaultBoard, is_heard: Callable[[RobotApp], bool]) -> None:
        self._tenant = tenant
        self._faults = faults
        self._is_heard = is_heard

    def endpoints(self) -> dict[str, GuardedEndpoint]:
        """Method and path → call."""
        faults = {
            fault.CARD_REFUSED: permission_denied(CARD_SCOPE),
            fault.TEMPLATE_MISSING: template_missing("…"),
        }
        return {
            "POST /v1.0/card/instances": GuardedEndpoint(self.create, CARD_SCOPE, faults),
            "POST /v1.0/card/instances/createAndDeliver": GuardedEndpoint(
                self.create_and_deliver, CARD_SCOPE, faults
            ),
            STREAMING_API: GuardedEndpoint(
                self.stream, STREAMING_SCOPE, {fault.STREAMING_REFUSED: permission_denied(STREAMING_SCOPE)}
            ),
            "PUT /v1.0/card/instances": GuardedEndpoint(self.update, CARD_SCOPE),
            "POST /v1.0/card/callbacks/register": GuardedEndpoint(self.register_callback, CARD_SCOPE),
        }

    def create(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`POST /v1.0/card/instances`: a card in no chat; the call that delivers it is not served here."""
        card = self._new_card(robot, body)
        self._tenant.cards[card.out_track_id] = card
        return {"success": True, "result": card.out_track_id}

    def create_and_deliver(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`POST /v1.0/card/instances/createAndDeliver`: HTTP 200 even when a delivery failed."""
        card = self._new_card(robot, body)
        spaces = parse_open_space_id(text(body, "openSpaceId"))
        models = [deliver_model(body, space, robot.robot_code) for space in spaces]
        targets = [self._target(space, robot, card.user_id_type) for space in spaces]
        card.at_user_ids = tuple(user for model in models for user in mapping(model, "atUserIds"))
        card.recipients = tuple(user for model in models for user in strings(model, "recipients"))
        if card.by_stream and any(space.kind == GROUP for space in spaces) and not self._is_heard(robot):
            # Seen by bots' authors; its code is not published.
            raise refused(INVALID, "callbackType is STREAM, and no Stream connection of the app is up.")
        if self._faults.strikes(fault.CARD_UNDELIVERED):
            targets = [None for _ in targets]
        self._tenant.issue_card(card, [target for target in targets if target is not None])
        results = [self._result(card, space, target) for space, target in zip(spaces, targets, strict=True)]
        return {"success": True, "result": {"outTrackId": card.out_track_id, "deliverResults": results}}

    def stream(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`PUT /v1.0/card/streaming`: one frame, whole text each time."""
        card = self._tenant.cards.get(text(body, "outTrackId"))
        if card is None or card.robot is not robot:
            raise refused("param.stream.outTrackId", "The card does not exist. Create it first.")
        fields = frame_fields(body, card.variable)
        was_closed, frames = card.closed, len(card.frames)
        in_flight = self._tenant.ledger.in_flight(STREAMING_API, card.out_track_id)
        frame = Frame(self._tenant.clock(), fields.kind, fields.content, fields.guid, in_flight)
        for rule in card.stream(frame):
            self._tenant.ledger.violates(card.out_track_id, rule)
        if len(card.frames) > frames:
            self._tenant.card_changed(card, frame, was_closed=was_closed)
        return {"success": True, "result": True}

    def update(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`PUT /v1.0/card/instances`: overwrites whole maps unless told to go by key."""
        card = self._tenant.cards.get(track_id(body))
        if card is None or card.robot is not robot:
            raise refused("param.cardNotExist", "The card does not exist. Create it first.")
        public, private = variables(body, "cardData"), self._private(body, user_id_type(body))
        if not public and not private:
            raise refused(
                "param.cardDataAndPrivateDataBothEmpty", "Neither cardData nor privateData is given."
            )
        options = mapping(body, "cardUpdateOptions")
        was_closed = card.closed
        for user_id, own in private.items():
            card.update_private(user_id, own, by_key=flag(options, "updatePrivateDataByKey"))
        frame = None
        if public:
            by_key = flag(options, "updateCardDataByKey")
            frame = card.update(self._tenant.clock(), public, by_key=by_key)
        self._tenant.card_changed(card, frame, was_closed=was_closed)
        return {"success": True, "result": True}

    def register_callback(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`POST /v1.0/card/callbacks/register`: an existing key keeps its values unless `forceUpdate`."""
        del robot  # keys are the organisation's, as far as the documentation tells
        key, url = text(body, "callbackRouteKey"), text(body, "callbackUrl")
        if not key:
            raise refused("param.callbackRouteKeyEmpty", "callbackRouteKey is missing.")
        if not url:
            raise refused("param.callbackUrlEmpty", "callbackUrl is missing.")
        kept = self._tenant.callbacks.get(key)
        if kept is None or flag(body, "forceUpdate"):
            kept = self._tenant.callbacks[key] = CardCallback(url, text(body, "apiSecret"))
        return {"success": True, "result": {"callbackUrl": kept.url, "apiSecret": kept.api_secret}}

    def _new_card(self, robot: RobotApp, body: JsonObject) -> Card:
        out_track_id, id_type = track_id(body), user_id_type(body)
        template_id = text(body, "cardTemplateId")
        if not template_id:
            raise refused("param.cardTemplateIdEmpty", "cardTemplateId is missing.")
        variable = robot.streamed_variable(template_id)
        if variable is None:
            raise template_missing(template_id)
        card = Card(
            out_track_id=out_track_id,
            robot=robot,
            template_id=template_id,
            variable=variable,
            created_at=self._tenant.clock(),
            variables=variables(body, "cardData"),
            private=self._private(body, id_type),
            callback_route_key=text(body, "callbackRouteKey"),
            by_stream=callback_type(body) == "STREAM",
            user_id_type=id_type,
        )
        if out_track_id in self._tenant.cards:
            raise refused("param.cardAlreadyExist", f"There already is a card {out_track_id!r}.")
        return card

    def _target(self, space: Space, robot: RobotApp, id_type: int) -> Conversation | None:
        """The conversation a place stands for; None when the robot is in no such group."""
        if space.kind == GROUP:
            group = self._tenant.chats.find(space.id)
            return group if group is not None and group.is_group and robot in group.robots else None
        person = self._tenant.member(space.id, by_union_id=id_type == 2)
        if person is None:
            raise refused("param.userIdNotExist", f"{space.id!r} is no person of this organisation.")
        return self._tenant.chats.private(person, robot)

    def _result(self, card: Card, space: Space, target: Conversation | None) -> JsonObject:
        if target is not None:
            card.carriers[target.id] = self._tenant.new_id()
        return {
            "spaceType": space.kind,
            "spaceId": space.id,
            "success": target is not None,
            "carrierId": "" if target is None else card.carriers[target.id],
            "errorMsg": "the robot is not in this conversation" if target is None else "",
        }

    def _private(self, body: Mapping[str, Any], id_type: int) -> dict[str, dict[str, str]]:
        private = mapping(body, "privateData")
        for user_id in private:
            if self._tenant.member(user_id, by_union_id=id_type == 2) is None:
                raise refused("param.userIdNotExist", f"{user_id!r} is no person of this organisation.")
        return {user_id: variables(private, user_id) for user_id in private}
