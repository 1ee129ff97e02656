"""What is found in every kind of message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.dingtalk.inbound.contents import LOST_PICTURE, Contents, read_contents
from rag_on_dingtalk.models.question import Attachment, Quote
from tests.conftest import load_event
from tests.unit.dingtalk.json_values import JSON

PICTURE = {"downloadCode": "dc1", "pictureDownloadCode": "pdc1"}


def contents(body: dict[str, Any]) -> Contents:
    return read_contents(body, body["msgtype"])


def picture(code: str, second: str = "") -> Attachment:
    return Attachment(kind="picture", code=code, second_code=second)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("robot_text_group", Contents("你好")),
        ("robot_rich_text", Contents("看图[图片1]，这能报销吗？", (picture("dc1", "pdc1"),))),
        ("robot_picture", Contents("", (picture("dc2", "pdc2"),))),
        ("robot_audio", Contents("年假有几天", (Attachment(kind="audio", code="dc3"),))),
        ("robot_video", Contents("", (Attachment(kind="video", code="dc4"),))),
        ("robot_file", Contents("", (Attachment(kind="file", code="dc5", name="差旅标准.pdf"),))),
        ("robot_unknown", Contents()),
        (
            "robot_quote",
            Contents(
                "这张图里写的是什么？",
                (picture("dc1", "pdc1"),),
                Quote("看图[图片1]", "richText", ids=("msgExample0003==",)),
            ),
        ),
        ("robot_quota_used_up", Contents()),
    ],
)
def test_words_and_attachments_are_found(event: str, expected: Contents) -> None:
    assert expected == contents(load_event(event))


@pytest.mark.parametrize(
    "drifted",
    [
        {"content": " 你好 "},
        {"content": {"content": "你好"}},
        {"text": "你好"},
        {"text": {"content": "\x00你好"}},
        {"text": {"content": ""}, "content": "你好"},
    ],
)
def test_typed_words_are_found_wherever_they_drift_to(drifted: dict[str, Any]) -> None:
    assert contents({"msgtype": "text", **drifted}).text == "你好"


@pytest.mark.parametrize("kind", ["audio", "richText"])
def test_a_bare_string_in_the_place_of_a_recording_or_rich_text_is_words(kind: str) -> None:
    assert contents({"msgtype": kind, "content": "年假"}).text == "年假"


def test_pictures_are_numbered_in_their_order() -> None:
    runs = [
        {"type": "picture", **PICTURE},
        {"text": "和"},
        {"type": "picture", "pictureDownloadCode": "pdc2"},
        {"type": "picture"},
        "等",
        {"text": 7},
    ]

    assert contents({"msgtype": "richText", "content": {"richText": runs}}) == Contents(
        f"[图片1]和[图片2]{LOST_PICTURE}等", (picture("dc1", "pdc1"), picture("pdc2"))
    )


def test_nobody_sends_more_pictures_than_are_taken() -> None:
    runs = [{"type": "picture", **PICTURE}] * 80

    assert len(contents({"msgtype": "richText", "content": {"richText": runs}}).attachments) == 50


@given(
    kind=st.sampled_from(["text", "richText", "picture", "audio", "video", "file", "unknownMsgType", ""]),
    content=JSON | st.fixed_dictionaries({}, optional={"richText": st.lists(JSON), "downloadCode": JSON}),
    text=JSON | st.fixed_dictionaries({"repliedMsg": st.fixed_dictionaries({"content": JSON})}),
)
def test_whatever_stands_there_it_is_read(kind: str, content: object, text: object) -> None:
    read = read_contents({"content": content, "text": text}, kind)

    (read.text + (read.quote.text if read.quote else "")).encode()
    assert all(attachment.code for attachment in read.attachments)
