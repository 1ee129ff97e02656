from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.cloud.job_codec import MAX_JOB_BYTES, encode_job
from rag_on_dingtalk.dingtalk.inbound.org_event import UnreadableEventError, read_event
from rag_on_dingtalk.models.jobs import OrganisationEvent
from tests.unit.dingtalk.json_values import JSON

NOW_MS = 1_767_225_700_000


def read(body: object) -> OrganisationEvent:
    plain = json.dumps(body, ensure_ascii=False).encode()
    return read_event(plain, bot="handbook", fallback_id="fallback", now_ms=NOW_MS)


def test_keys_are_found_in_any_case() -> None:
    event = read(
        {
            "EventType": "robot_msg_recall",
            "EventTime": "1767225601400",
            "CorpId": "dingexamplecorp0001",
            "EventId": "evt1",
            "ProcessQueryKey": "key1",
            "OpenConversationId": "cidExample0001==",
            "UserId": "user0001",
            "RobotCode": "dingexample0appkey01",
        }
    )

    assert event == OrganisationEvent(
        bot="handbook",
        event_id="evt1",
        type="robot_msg_recall",
        occurred_ms=1_767_225_601_400,
        corp_id="dingexamplecorp0001",
        user_ids=("user0001",),
        conversation_id="cidExample0001==",
        message_key="key1",
    )


def test_departments_come_as_numbers() -> None:
    assert read({"EventType": "org_dept_modify", "deptId": [1, 42, "7"]}).department_ids == ("1", "42", "7")


@pytest.mark.parametrize(
    ("fields", "people"),
    [
        ({"userId": ["u1", "u2"]}, ("u1", "u2")),
        ({"userId": '["u1","u2"]'}, ("u1", "u2")),
        ({"UserId": ' [ "u1" , 2 ] '}, ("u1", "2")),
        ({"userIdList": '["u1"]'}, ("u1",)),
        ({"userId": "[]", "userIdList": ["u1"]}, ("u1",)),
        ({"userId": "u1"}, ("u1",)),
        ({"userId": "0123"}, ("0123",)),
        ({"userId": "1e5"}, ("1e5",)),
        # It breaks off: about people who are not known, and not about one of that name.
        ({"userId": '["u1","u2'}, ()),
        ({"userId": '{"u1"'}, ()),
    ],
)
def test_people_come_alone_in_a_list_and_in_a_list_as_a_string(
    fields: dict[str, Any], people: tuple[str, ...]
) -> None:
    assert read({"EventType": "user_leave_org", **fields}).user_ids == people


@pytest.mark.parametrize(
    ("fields", "occurred_ms"),
    [
        ({"EventTime": 1_767_225_601}, 1_767_225_601_000),
        ({"timeStamp": 1_767_225_601_399}, 1_767_225_601_399),
        ({"EventTime": "soon"}, NOW_MS),
        ({}, NOW_MS),
    ],
)
def test_the_time_is_the_events_or_now(fields: dict[str, Any], occurred_ms: int) -> None:
    assert occurred_ms == read({"EventType": "chat_disband", **fields}).occurred_ms


@pytest.mark.parametrize("event_id", [{}, {"eventId": ""}, {"eventId": None}, {"eventId": 7}])
def test_without_an_id_the_given_one_is_taken(event_id: dict[str, Any]) -> None:
    assert read({"EventType": "chat_disband", **event_id}).event_id == "fallback"


def test_an_organisations_worth_of_ids_fits_into_one_job() -> None:
    event = read({"EventType": "user_leave_org", "userId": [f"user{number:020}" for number in range(9_000)]})

    assert len(event.user_ids) == 2_000
    assert len(encode_job(event)) < MAX_JOB_BYTES


@pytest.mark.parametrize("plain", [b"", b"success", b"[]", b"{}", b'{"EventType":""}', b"\xff", b"[" * 9_000])
def test_what_has_no_type_is_no_event(plain: bytes) -> None:
    with pytest.raises(UnreadableEventError):
        read_event(plain, bot="handbook", fallback_id="x", now_ms=NOW_MS)


KEYS = st.sampled_from(["eventId", "EventTime", "CorpId", "userId", "UserId", "deptId", "openConversationId"])


@given(fields=st.dictionaries(KEYS, JSON))
def test_whatever_a_field_holds_the_event_is_read(fields: dict[str, Any]) -> None:
    encode_job(read({"EventType": "user_leave_org", **fields}))


@given(plain=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(plain: bytes) -> None:
    try:
        read_event(plain, bot="handbook", fallback_id="x", now_ms=NOW_MS)
    except UnreadableEventError:
        return
