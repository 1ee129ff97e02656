"""An event's decrypted body → an OrganisationEvent. Pure.

Source: DingTalk, "HTTP 推送" (development/http-callback-overview) and the events' own pages. Bodies are
flat, and the case of their keys differs from event to event (`UserId`, `userId`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.dingtalk.inbound.fields import (
    LONGEST_ID,
    clean,
    has_too_many_parts,
    milliseconds,
    opened,
    text_of,
)
from rag_on_dingtalk.models.jobs import OrganisationEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Posted once when the console saves the address; carries nothing else.
CHECK_URL = "check_url"

#: What a bot has a use for. DingTalk pushes what was ticked in the console, which may be more.
EVENT_TYPES = frozenset(
    (
        "chat_disband",
        "chat_update_title",
        "label_conf_add",
        "label_conf_del",
        "label_conf_modify",
        "label_user_change",
        "org_dept_create",
        "org_dept_modify",
        "org_dept_remove",
        "robot_msg_recall",
        "user_leave_org",
        "user_modify_org",
    )
)

#: A field of HTTP's body → the header that has it by Stream.
_IN_STREAM_HEADERS = {
    "EventType": "eventType",
    "eventId": "eventId",
    "EventTime": "eventBornTime",
    "CorpId": "eventCorpId",
}

#: The list must fit into one job beside everything else.
_MOST_IDS = 2_000


class UnreadableEventError(ValueError):
    """Raised for an authentic push that is not an event."""


def read_event(plain: bytes, *, bot: str, fallback_id: str, now_ms: int) -> OrganisationEvent:
    """The event in a decrypted push, whatever its type.

    fallback_id: identity of an event that brings no `eventId`.

    Raises:
        UnreadableEventError: it is not an object with an `EventType`.
    """
    if has_too_many_parts(plain):
        raise UnreadableEventError("the event has too many parts")
    try:
        decoded = msgspec.json.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableEventError("the event is not JSON") from error
    return event_of(decoded, bot=bot, fallback_id=fallback_id, now_ms=now_ms)


def stream_body(data: object, headers: Mapping[str, str]) -> object:
    """The body that HTTP would have carried, of an event that came by Stream.

    There the data holds only the event's own fields; its type, id, time and organisation are in the headers.
    Source: DingTalk's developerpedia, learn/stream/protocol.
    """
    if not isinstance(data, dict):
        return data
    told = {name: headers.get(header, "") for name, header in _IN_STREAM_HEADERS.items()}
    # Last, and so in the place of a field of the same name.
    return {**data, **{name: value for name, value in told.items() if value}}


def event_of(decoded: object, *, bot: str, fallback_id: str, now_ms: int) -> OrganisationEvent:
    """The event in a decoded body, whatever its type.

    Raises:
        UnreadableEventError: as `read_event`.
    """
    if not isinstance(decoded, dict):
        raise UnreadableEventError("the event is not a JSON object")
    fields = {key.lower(): value for key, value in decoded.items()}
    type_ = text_of(fields, "eventtype")
    if not type_:
        raise UnreadableEventError("the event has no EventType")
    return OrganisationEvent(
        bot=bot,
        event_id=text_of(fields, "eventid")[:LONGEST_ID] or fallback_id,
        type=type_,
        occurred_ms=milliseconds(fields.get("eventtime")) or milliseconds(fields.get("timestamp")) or now_ms,
        corp_id=text_of(fields, "corpid"),
        user_ids=_ids(fields, "userid") or _ids(fields, "useridlist"),
        department_ids=_ids(fields, "deptid"),
        conversation_id=text_of(fields, "openconversationid"),
        message_key=text_of(fields, "processquerykey"),
    )


def _ids(fields: Mapping[str, object], key: str) -> tuple[str, ...]:
    """One id or a list of them, strings or numbers; some events have the list as JSON in a string.

    A list that breaks off is no id: the event is then about people who are not known.
    """
    value = opened(fields.get(key))
    several = value if isinstance(value, list) else [value]
    ids = (clean(str(one)) for one in several if isinstance(one, (str, int)) and not isinstance(one, bool))
    return tuple(one for one in ids if one and not one.startswith(("[", "{")))[:_MOST_IDS]
