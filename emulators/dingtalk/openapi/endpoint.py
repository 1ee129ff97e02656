"""What an API call is made of: how it is guarded, what it does, and how its fields are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from emulators.dingtalk.openapi.errors import CallError, refused, system_busy, wrong_robot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.dingtalk.organisation.people import RobotApp

JsonObject: TypeAlias = dict[str, Any]

#: The caller sent something no field rule describes.
INVALID = "param.invalid"


@dataclass(frozen=True)
class GuardedEndpoint:
    """A call with an access token: limited in rate and counted.

    scope: the permission it needs; empty for none.
    faults: fault name → the answer it gives.
    """

    handle: Callable[[RobotApp, JsonObject], JsonObject]
    scope: str = ""
    faults: Mapping[str, CallError] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenRequest:
    """What an endpoint works from that reads its body by itself."""

    raw: bytes
    query: Mapping[str, str]
    content_type: str


@dataclass(frozen=True)
class OpenEndpoint:
    """A call without an access token, outside the monthly quota.

    busy: how this API says that DingTalk is in trouble.
    """

    handle: Callable[[OpenRequest], JsonObject]
    busy: Callable[[], CallError] = system_busy


@dataclass(frozen=True)
class LegacyEndpoint:
    """A call at oapi.dingtalk.com with `access_token` in its query: limited in rate and counted.

    scope: the permission it needs.
    """

    handle: Callable[[RobotApp, OpenRequest], JsonObject]
    scope: str


def text(body: Mapping[str, Any], name: str) -> str:
    """A string field; absent and null read as empty."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refused(INVALID, f"{name} is a string, not {type(value).__name__}.")
    return value


def flag(body: Mapping[str, Any], name: str) -> bool:
    """A boolean field; absent and null read as false."""
    value = body.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise refused(INVALID, f"{name} is true or false, not {type(value).__name__}.")
    return value


def mapping(body: Mapping[str, Any], name: str) -> JsonObject:
    """An object field; absent and null read as empty."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refused(INVALID, f"{name} is an object, not {type(value).__name__}.")
    return value


def strings(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of strings; absent and null read as empty."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise refused(INVALID, f"{name} is a list of strings.")
    return value


def check_robot(robot: RobotApp, body: Mapping[str, Any]) -> None:
    """Refuse a `robotCode` that is not the calling app's own."""
    code = text(body, "robotCode")
    if not code:
        raise refused("invalidParameter.robotCode.empty", "robotCode is missing.")
    if code != robot.robot_code:
        raise wrong_robot(code)
