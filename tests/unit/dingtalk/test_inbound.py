from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.cloud.job_codec import encode_job
from rag_on_dingtalk.dingtalk.inbound.robot_message import UnreadableMessageError, push_error, read_question
from rag_on_dingtalk.models.question import ConversationType, Question, ReplyWebhook, turn_id_of
from tests.conftest import load_event
from tests.unit.dingtalk.json_values import JSON

HOST = "https://oapi.dingtalk.com"
NOW_MS = 1_767_225_601_000


def read(body: object) -> Question:
    return read_question(body, bot="handbook", webhook_host=HOST, now_ms=NOW_MS)


def test_a_private_text_message_becomes_a_question() -> None:
    question = read(load_event("robot_text_private"))

    assert question.text == "最新的差旅报销标准是什么？"
    assert turn_id_of("handbook", "msgExample0001==") == question.turn_id
    assert question.conversation.type is ConversationType.ONE_TO_ONE
    assert (question.sender.staff_id, question.sender.nick) == ("user0001", "小明")
    assert question.asked_ms == 1_767_225_600_000
    assert (
        ReplyWebhook(f"{HOST}/robot/sendBySession?session=0123456789abcdef", 1_767_231_000_000)
        == question.webhook
    )


def test_in_a_group_the_space_left_by_the_mention_is_gone() -> None:
    question = read(load_event("robot_text_group"))

    assert question.text == "你好"
    assert question.conversation.is_group


@pytest.mark.parametrize(
    ("kind", "group"), [("2", True), (2, True), ("1", False), ("", False), (None, False)]
)
def test_only_a_group_is_a_group(kind: object, *, group: bool) -> None:
    assert group is read({**load_event("robot_text_group"), "conversationType": kind}).conversation.is_group


def test_a_creation_time_sent_as_a_string_is_understood() -> None:
    assert (
        read({**load_event("robot_text_private"), "createAt": "1767225600000"}).asked_ms == 1_767_225_600_000
    )


def test_a_creation_time_in_seconds_is_understood() -> None:
    assert read({**load_event("robot_text_private"), "createAt": 1_767_225_600}).asked_ms == 1_767_225_600_000


def test_nobody_asks_in_the_future() -> None:
    assert read({**load_event("robot_text_private"), "createAt": NOW_MS + 1}).asked_ms == NOW_MS


@pytest.mark.parametrize("created", [None, "soon", -1, True, 10**40, [], "１７"])
def test_without_a_usable_creation_time_now_is_taken(created: object) -> None:
    assert read({**load_event("robot_text_private"), "createAt": created}).asked_ms == NOW_MS


@pytest.mark.parametrize("staff_id", ["", None])
def test_a_person_outside_the_organisation_is_known_by_the_encrypted_id(staff_id: object) -> None:
    body = {**load_event("robot_text_group"), "senderStaffId": staff_id}

    assert read(body).sender.key == "$:LWCP_v1:$exampleSender"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"errorCode": "20001"}, "20001"),
        ({"errorCode": 20001}, "20001"),
        ({"errorCode": 0}, ""),
        ({"errorCode": None}, ""),
        ({"errorCode": []}, ""),
        ({}, ""),
        ({"errorCode": "20001", "text": {"content": "你好"}}, ""),
        ({"errorCode": "20001", "content": "你好"}, ""),
    ],
)
def test_an_error_stands_in_the_place_of_a_message_or_is_none(changes: dict[str, Any], code: str) -> None:
    body = load_event("robot_text_private")
    del body["text"]

    assert code == push_error({**body, **changes})


@pytest.mark.parametrize(
    "url",
    [
        "http://oapi.dingtalk.com/robot/sendBySession?session=1",
        "https://oapi.dingtalk.com.evil.example/robot/sendBySession?session=1",
        "https://oapi.dingtalk.com@evil.example/robot/sendBySession?session=1",
        "https://evil.example/robot/sendBySession?session=1",
        "https://oapi.dingtalk.com/other?session=1",
        "https://oapi.dingtalk.com:8443/robot/sendBySession",
        "https://[broken/robot/sendBySession",
        "file:///etc/passwd",
        "https://oapi.dingtalk.com/robot/sendBySession?session=1\r\nX-Evil: 1",
        "https://oapi.dingtalk.com/robot/sendBySession?session=一",
        "https://oapi.dingtalk.com/robot/sendBySession?session=" + "1" * 5000,
        7,
        None,
    ],
)
def test_a_webhook_that_is_not_dingtalks_is_dropped(url: object) -> None:
    assert read({**load_event("robot_text_private"), "sessionWebhook": url}).webhook is None


@pytest.mark.parametrize("missing", [("msgId",), ("conversationId",), ("senderId", "senderStaffId")])
def test_without_the_ids_that_an_answer_needs_it_is_no_message(missing: tuple[str, ...]) -> None:
    body = {key: value for key, value in load_event("robot_text_private").items() if key not in missing}

    with pytest.raises(UnreadableMessageError):
        read(body)


@pytest.mark.parametrize("field", ["msgId", "conversationId", "senderId", "senderStaffId"])
def test_an_id_that_no_table_could_hold_is_refused(field: str) -> None:
    with pytest.raises(UnreadableMessageError, match="too long"):
        read({**load_event("robot_text_private"), field: "x" * 5_000})


def test_the_same_message_has_the_same_identity_and_another_bot_another_one() -> None:
    assert turn_id_of("a", "m") == turn_id_of("a", "m")
    assert turn_id_of("a", "m") != turn_id_of("b", "m")
    assert len(turn_id_of("a", "m")) == 32


@given(changes=st.dictionaries(st.sampled_from(sorted(load_event("robot_text_group"))), JSON))
def test_whatever_a_field_holds_the_message_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        question = read({**load_event("robot_text_group"), **changes})
    except UnreadableMessageError:
        return
    assert question.message_id
    encode_job(question)


@given(body=JSON)
def test_any_json_is_read_or_refused(body: object) -> None:
    with pytest.raises(UnreadableMessageError):
        read(body)
