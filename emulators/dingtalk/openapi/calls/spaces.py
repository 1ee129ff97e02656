"""`openSpaceId`: the places a card is delivered to, and the two models that go with each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.dingtalk.openapi.endpoint import mapping, text
from emulators.dingtalk.openapi.errors import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "dtv1.card//"
_LONGEST = 1_000

GROUP = "IM_GROUP"
ROBOT = "IM_ROBOT"
_MODELS = {GROUP: "imGroup", ROBOT: "imRobot"}


@dataclass(frozen=True)
class Space:
    """One place.

    kind: `IM_GROUP` or `IM_ROBOT`.
    id: openConversationId of a group; userId or unionId of the person a robot talks to.
    """

    kind: str
    id: str


def parse_open_space_id(value: str) -> list[Space]:
    """Read `dtv1.card//IM_GROUP.<id>`, several joined with `;`.

    Upper case is the documented form of the kinds; lower case stands in one of DingTalk's own examples.
    `IM_SINGLE` and `ONE_BOX` exist, but no robot chat has them, so they are refused here.

    Raises:
        ApiError: `param.openSpaceIdEmpty`, `param.openSpaceIdInvalid`.
    """
    if not value:
        raise refused("param.openSpaceIdEmpty", "openSpaceId says where the card goes.")
    if len(value) > _LONGEST:
        raise refused("param.openSpaceIdInvalid", f"openSpaceId has more than {_LONGEST} characters.")
    return [_space(part) for part in value.split(";")]


def _space(part: str) -> Space:
    kind, dot, space_id = part.removeprefix(_PREFIX).partition(".")
    if not part.startswith(_PREFIX) or kind.upper() not in _MODELS or not dot or not space_id:
        raise refused(
            "param.openSpaceIdInvalid",
            f"{part!r} is not {_PREFIX}{GROUP}.<openConversationId> or {_PREFIX}{ROBOT}.<userId>.",
        )
    return Space(kind.upper(), space_id)


def deliver_model(body: Mapping[str, Any], space: Space, robot_code: str) -> dict[str, Any]:
    """The delivery's parameters for this place, once both of its models are found in order.

    Raises:
        ApiError: `param.openSpaceModelInvalid`, `param.openDeliverModelEmpty`, `param.openDeliverModelError`.
    """
    name = _MODELS[space.kind]
    declared = mapping(body, f"{name}OpenSpaceModel")
    if not isinstance(declared.get("supportForward"), bool):
        raise refused("param.openSpaceModelInvalid", f"{name}OpenSpaceModel.supportForward is missing.")
    model = mapping(body, f"{name}OpenDeliverModel")
    if not model:
        raise refused("param.openDeliverModelEmpty", f"{name}OpenDeliverModel is missing for {space.kind}.")
    given = text(model, "robotCode")
    # The documentation's own one-to-one example leaves it out.
    if given != robot_code and not (space.kind == ROBOT and not given):
        raise refused("param.openDeliverModelError", f"robotCode {given!r} is not this app's robot.")
    if text(model, "spaceType") not in {"", space.kind}:
        raise refused("param.openDeliverModelError", f"spaceType is not {space.kind}.")
    return model
