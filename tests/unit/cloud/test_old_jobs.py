"""Jobs that were queued, and rows that were written, before quotes had a struct of their own."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rag_on_dingtalk.cloud.job_codec import decode_job, encode_job
from rag_on_dingtalk.models.question import (
    Attachment,
    Conversation,
    ConversationType,
    Mention,
    Question,
    Quote,
    Sender,
)

OLD: dict[str, Any] = {
    "job": "question",
    "turn_id": "t1",
    "bot": "handbook",
    "message_id": "msg1==",
    "text": "为什么？",
    "message_type": "text",
    "sender": {"sender_id": "s1", "staff_id": "user0001"},
    "conversation": {"id": "cid1", "type": "1"},
    "asked_ms": 1_767_225_600_000,
}


def old_job(**fields: Any) -> Question:
    job = decode_job(encode_job(msgspec.json.decode(msgspec.json.encode(OLD | fields), type=Question)))
    assert isinstance(job, Question)
    return job


def test_an_old_job_with_a_quote_still_has_it() -> None:
    assert old_job(quoted="三天").reply_to == Quote("三天")


def test_an_old_job_without_a_quote_has_none() -> None:
    question = old_job()

    assert (question.reply_to, question.mentions) == (None, ())


def test_an_old_attachment_has_one_code() -> None:
    assert old_job(attachments=[{"kind": "picture", "code": "dc1"}]).attachments == (
        Attachment("picture", "dc1"),
    )


@pytest.mark.parametrize("quote", [Quote(), Quote("三天", "text", own=True, ids=("k1", "m1"))])
def test_a_quote_and_mentions_come_through_the_queue(quote: Quote) -> None:
    question = Question(
        turn_id="t1",
        bot="handbook",
        message_id="msg1==",
        text="@user2 呢？",
        message_type="text",
        sender=Sender("s1"),
        conversation=Conversation("cid1", ConversationType.GROUP),
        asked_ms=1,
        quote=quote,
        mentions=(Mention("@user2", "user2"),),
    )

    assert decode_job(encode_job(question)) == question
    assert question.reply_to == quote


def test_a_message_without_a_quote_takes_no_more_room_in_the_queue_than_before() -> None:
    assert b"quote" not in encode_job(old_job())
