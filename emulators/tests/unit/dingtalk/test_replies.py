from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.dingtalk.replies import (
    INLINE_TYPES,
    MSG_KEYS,
    WEBHOOK_TYPES,
    UnreadableReplyError,
    keyed_reply,
    webhook_reply,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"msgtype": "text", "text": {"content": "你好"}}, "你好"),
        ({"msgtype": "markdown", "markdown": {"title": "t", "text": "**好**"}}, "**好**"),
        (
            {
                "msgtype": "actionCard",
                "actionCard": {
                    "title": "t",
                    "text": "### md",
                    "singleTitle": "阅读全文",
                    "singleURL": "https://e",
                },
            },
            "### md",
        ),
        ({"msgtype": "feedCard", "feedCard": {"links": [{"title": "a"}, {"title": "b"}]}}, "a\nb"),
        ({"msgtype": "link", "link": {"title": "t", "text": "x", "messageUrl": "https://e"}}, "x"),
    ],
)
def test_every_webhook_message_is_read(body: dict[str, Any], text: str) -> None:
    reply = webhook_reply(body)

    assert reply is not None
    assert (reply.kind, reply.text, reply.content) == (body["msgtype"], text, body[body["msgtype"]])


def test_empty_says_nothing() -> None:
    assert webhook_reply({"msgtype": "empty"}) is None


def test_a_link_may_not_be_an_inline_answer() -> None:
    assert {"link"} == WEBHOOK_TYPES - INLINE_TYPES
    with pytest.raises(UnreadableReplyError, match="msgtype is 'link'"):
        webhook_reply({"msgtype": "link", "link": {"title": "t", "text": "x"}}, allowed=INLINE_TYPES)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"msgtype": "text"},
        {"msgtype": "text", "text": {"content": " "}},
        {"msgtype": "text", "text": {"content": 5}},
        {"msgtype": "markdown", "markdown": {"text": "没有标题"}},
        {"msgtype": "feedCard", "feedCard": {"links": "a"}},
    ],
)
def test_a_message_without_its_words_is_refused(body: Any) -> None:
    with pytest.raises(UnreadableReplyError) as caught:
        webhook_reply(body)
    assert not caught.value.unknown_type


@pytest.mark.parametrize(
    ("at", "text", "notified"),
    [
        ({"atUserIds": ["user0001"]}, "@user0001 你好", ("user0001",)),
        ({"atUserIds": ["user0001"]}, "你好", ()),
        ({"atUserIds": ["user0001", "user0002"]}, "@user0002 你好", ("user0002",)),
        ({"isAtAll": True}, "大家好", ("@ALL",)),
        ({"atUserIds": "user0001"}, "@user0001", ()),
        (None, "@user0001", ()),
    ],
)
def test_a_person_is_notified_when_listed_and_named(at: Any, text: str, notified: tuple[str, ...]) -> None:
    reply = webhook_reply({"msgtype": "text", "text": {"content": text}, "at": at})

    assert reply is not None
    assert reply.at_user_ids == notified


@pytest.mark.parametrize("msg_key", sorted(MSG_KEYS))
def test_every_msg_key_needs_all_its_parameters(msg_key: str) -> None:
    full = dict.fromkeys(MSG_KEYS[msg_key], "值")

    assert keyed_reply(msg_key, json.dumps(full)).content == full
    for key in full:
        lacking = {other: "值" for other in full if other != key}
        with pytest.raises(UnreadableReplyError, match=key):
            keyed_reply(msg_key, json.dumps(lacking))


def test_the_words_of_a_keyed_message_are_found() -> None:
    assert keyed_reply("sampleText", '{"content": "好"}').text == "好"
    assert keyed_reply("sampleMarkdown", '{"title": "t", "text": "**好**"}').text == "**好**"


@pytest.mark.parametrize("param", ["", "[]", "好", '{"content": ""}', '{"content": "\\ud800"}'])
def test_a_msg_param_that_is_no_full_object_is_refused(param: str) -> None:
    with pytest.raises(UnreadableReplyError) as caught:
        keyed_reply("sampleText", param)
    assert not caught.value.unknown_type


def test_an_unknown_msg_key_is_told_apart() -> None:
    with pytest.raises(UnreadableReplyError) as caught:
        keyed_reply("sampleSong", "{}")
    assert caught.value.unknown_type


@given(JSON, st.sampled_from(sorted(WEBHOOK_TYPES)), JSON)
def test_no_json_breaks_the_webhook_reader(content: Any, kind: str, at: Any) -> None:
    for body in (content, {"msgtype": kind, kind: content, "at": at}, {"msgtype": content}):
        try:
            reply = webhook_reply(body)
        except UnreadableReplyError:
            continue
        assert reply is None or reply.text


@given(st.sampled_from(sorted(MSG_KEYS)), JSON.map(json.dumps) | st.text())
def test_no_msg_param_breaks_the_reader(msg_key: str, param: str) -> None:
    try:
        keyed_reply(msg_key, param)
    except UnreadableReplyError as error:
        assert not error.unknown_type  # noqa: PT017 - either outcome is fine, another exception is not
