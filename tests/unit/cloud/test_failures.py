from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.cloud.fc_failure import read_failure
from rag_on_dingtalk.cloud.job_codec import UnreadableJobError, decode_job, encode_job
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender

QUESTION = Question(
    turn_id="t1",
    bot="handbook",
    message_id="m1",
    text="年假有几天？",
    message_type="text",
    sender=Sender("encrypted", "user0001"),
    conversation=Conversation("cid", ConversationType.GROUP, "项目群"),
    asked_ms=1_767_225_600_000,
)


def test_a_job_comes_out_of_the_queue_as_it_went_in() -> None:
    assert decode_job(encode_job(QUESTION)) == QUESTION


def test_the_question_is_found_in_fcs_failure_record() -> None:
    record = {
        "timestamp": 1_767_323_045_678,
        "requestContext": {
            "requestId": "r1",
            "condition": "UnhandledInvocationError",
            "approximateInvokeCount": 3,
        },
        "requestPayload": encode_job(QUESTION).decode(),
        "responseContext": {"statusCode": 200, "functionError": "UnhandledInvocationError"},
        "responsePayload": "{}",
    }

    failure = read_failure(json.dumps(record).encode())

    assert (failure.job, failure.condition) == (QUESTION, "UnhandledInvocationError")


@pytest.mark.parametrize(
    "event", [b"", b"{}", b'{"requestPayload": 1}', b'{"requestPayload": "{}"}', b"\xff"]
)
def test_anything_else_is_named_unreadable(event: bytes) -> None:
    with pytest.raises(UnreadableJobError):
        read_failure(event)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_unreadable(raw: bytes) -> None:
    for read in (decode_job, read_failure):
        with pytest.raises(UnreadableJobError):
            read(raw)
