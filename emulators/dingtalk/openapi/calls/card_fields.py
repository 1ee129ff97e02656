"""The fields of the card calls, read and judged one by one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from emulators.dingtalk.openapi.endpoint import INVALID, flag, mapping, text
from emulators.dingtalk.openapi.errors import refused
from emulators.dingtalk.organisation.cards import FLOW_STATUS, CardState

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_TRACK_ID = 100
#: The largest of the three figures DingTalk gives for a card's data (1 KB, 3 K, 100 KB); whatever is
#: above is refused by all of them.
_LARGEST_CONTENT = 100_000


def track_id(body: Mapping[str, Any]) -> str:
    """`outTrackId`, at most 100 characters."""
    out_track_id = text(body, "outTrackId")
    if not out_track_id:
        raise refused("param.outTrackIdEmpty", "outTrackId is missing.")
    if len(out_track_id) > _LONGEST_TRACK_ID:
        raise refused(INVALID, f"outTrackId has more than {_LONGEST_TRACK_ID} characters.")
    return out_track_id


def user_id_type(body: Mapping[str, Any]) -> int:
    """`userIdType`: 1 names people by userId, 2 by unionId."""
    given = body.get("userIdType", 1)
    if given not in (1, 2) or isinstance(given, bool):
        raise refused(INVALID, "userIdType is 1 (userId) or 2 (unionId).")
    return int(given)


def variables(body: Mapping[str, Any], name: str) -> dict[str, str]:
    """A `cardParamMap`: strings only; numbers, booleans and objects are written as JSON in a string."""
    found = mapping(mapping(body, name), "cardParamMap")
    wrong = [key for key, value in found.items() if not isinstance(value, str)]
    if wrong:
        raise refused(INVALID, f"cardParamMap holds strings only; look at {', '.join(wrong)}.")
    known = {state.value for state in CardState}
    if found.get(FLOW_STATUS, CardState.PROCESSING.value) not in known:
        raise refused(INVALID, f"flowStatus is one of {', '.join(sorted(known))}.")
    return found


def callback_type(body: Mapping[str, Any]) -> str:
    """`callbackType`, or empty."""
    given = text(body, "callbackType")
    if given not in {"", "HTTP", "STREAM"}:
        raise refused(INVALID, "callbackType is HTTP or STREAM.")
    return given


@dataclass(frozen=True)
class FrameFields:
    """One streaming frame as sent."""

    guid: str
    content: str
    kind: Literal["text", "finalize", "error"]


def frame_fields(body: Mapping[str, Any], variable: str) -> FrameFields:
    """Read a frame for a card whose streamed markdown variable is `variable`."""
    guid, key, content = text(body, "guid"), text(body, "key"), text(body, "content")
    if not guid:
        raise refused("param.stream.guidEmpty", "guid is missing; every frame needs its own.")
    if not key:
        raise refused("param.stream.keyEmpty", "key is missing; it names the streamed variable.")
    if not content:
        raise refused("param.stream.contentEmpty", "content is empty; send a space for nothing.")
    if key != variable:
        raise refused(INVALID, f"{key!r} is no streamed variable of the template; {variable!r} is.")
    if not flag(body, "isFull"):
        raise refused("param.stream.isFull", "A markdown variable is streamed with isFull true.")
    if len(content.encode()) > _LARGEST_CONTENT:
        raise refused("param.stream.content", "content is too large")
    finalize, error = flag(body, "isFinalize"), flag(body, "isError")
    return FrameFields(guid, content, "error" if error else "finalize" if finalize else "text")
