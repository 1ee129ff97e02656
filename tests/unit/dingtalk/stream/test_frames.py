from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.dingtalk.stream.frames import (
    EVENT,
    Ack,
    Push,
    UnreadableFrameError,
    encode_ack,
    read_frame,
)

#: As DingTalk's page on the protocol shows one.
FRAME: dict[str, Any] = {
    "specVersion": "1.0",
    "type": "EVENT",
    "headers": {
        "appId": "app",
        "connectionId": "c1",
        "contentType": "application/json",
        "messageId": "m1",
        "time": "1767225600000",
        "topic": "*",
        "eventType": "user_leave_org",
        "eventId": "evt1",
    },
    "data": '{"userId":["user0002"]}',
}


def frame(**change: Any) -> str:
    return json.dumps({**FRAME, **change})


def test_a_push_is_read() -> None:
    push = read_frame(frame())

    assert (push.type, push.topic, push.message_id) == (EVENT, "*", "m1")
    assert (push.header("eventType"), push.header("absent")) == ("user_leave_org", "")
    assert push.data == {"userId": ["user0002"]}


def test_headers_may_be_called_header_and_hold_numbers() -> None:
    one = {key: value for key, value in FRAME.items() if key != "headers"}
    push = read_frame(json.dumps({**one, "header": {"messageId": "m1", "topic": "*", "time": 1}}))

    assert (push.message_id, push.header("time")) == ("m1", "1")


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ('{"a": 1}', {"a": 1}),
        ({"a": 1}, {"a": 1}),
        ("", None),
        (None, None),
        ("not json", None),
        ('{"text": "\\ud83d"}', {"text": "\ud83d"}),
        (json.dumps([[]] * 2_000), None),
        (json.dumps("x" * 200_000), None),
    ],
)
def test_data_is_json_in_a_string_or_is_not_there(data: object, read: object) -> None:
    small = {"type": "CALLBACK", "headers": {"messageId": "m1"}}
    try:
        push = read_frame(json.dumps({**small, "data": data}))
    except UnreadableFrameError:
        # Too large even for the frame around it.
        assert read is None
    else:
        assert push.data == read


@pytest.mark.parametrize(
    "raw", ["", "[]", "null", "{}", frame(headers={}), frame(headers=None), frame(type=None), b"\xff"]
)
def test_what_cannot_be_acknowledged_is_unreadable(raw: str | bytes) -> None:
    with pytest.raises(UnreadableFrameError):
        read_frame(raw)


@given(st.one_of(st.text(), st.binary(), st.recursive(st.none(), st.lists).map(json.dumps)))
def test_anything_else_is_unreadable_and_nothing_worse(raw: str | bytes) -> None:
    with pytest.raises(UnreadableFrameError):
        read_frame(raw)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(_JSON, st.integers(100, 599), st.text(min_size=1))
def test_an_acknowledgement_names_its_push_and_holds_its_data_in_a_string(
    data: object, code: int, message_id: str
) -> None:
    push = Push(type=EVENT, topic="*", message_id=message_id, headers={}, data=None)
    sent = json.loads(encode_ack(push, Ack(code, data)))

    assert sent["code"] == code
    assert sent["headers"] == {"messageId": message_id, "contentType": "application/json"}
    assert json.loads(sent["data"]) == data
