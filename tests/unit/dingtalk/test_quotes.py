"""The message that is replied to is read in every shape that clients were seen to send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.dingtalk.inbound.contents import LOST_PICTURE, Contents, read_contents
from rag_on_dingtalk.models.question import Attachment, Quote
from tests.unit.dingtalk.payloads import WORDS, payloads

BOT = "$:LWCP_v1:$exampleBot"
CODES = {"downloadCode": "dc1", "pictureDownloadCode": "pdc1"}
PICTURE = Attachment("picture", "dc1", second_code="pdc1")
RULE = "迟到三次扣一天年假"
OTHER = "忘打卡算半天"
#: The tree as DingTalk's card service stores it.
TREE = {
    "elementType": "ROOT",
    "children": [
        {"elementType": "MARKDOWN", "value": RULE},
        {"elementType": "ROW", "children": [{"elementType": "TEXT", "value": OTHER}]},
        {"elementType": "BUTTON", "value": "confirm_7"},
    ],
}
ENTRIES = [
    {"senderId": "$:LWCP_v1:$a", "senderNick": "韩梅", "msgType": "text", "content": RULE, "createAt": 1767},
    {"senderId": "$:LWCP_v1:$b", "senderNick": "李雷", "msgType": "text", "content": {"text": OTHER}},
]


def as_string(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def replying(replied: object, **more: Any) -> dict[str, Any]:
    return {
        "msgtype": "text",
        "chatbotUserId": BOT,
        "text": {"content": "那迟到呢？", "isReplyMsg": True, "repliedMsg": replied},
        **more,
    }


def contents(body: dict[str, Any]) -> Contents:
    return read_contents(body, body["msgtype"])


def quote_in(body: dict[str, Any]) -> Quote:
    quote = contents(body).quote
    assert quote is not None
    return quote


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("text", {"text": RULE}, RULE),
        ("text", {"content": RULE}, RULE),
        ("text", {"text": RULE, "content": RULE}, RULE),
        ("text", RULE, RULE),
        ("text", as_string({"limit": 3}), '{"limit": 3}'),
        ("text", {"text": as_string({"单位": "天", "limit": 3})}, as_string({"单位": "天", "limit": 3})),
        ("", {"text": {"content": RULE}}, RULE),
        ("richText", {"richText": [{"text": RULE}, {"text": OTHER}]}, RULE + OTHER),
        ("richText", {"richText": [{"msgType": "text", "content": RULE}]}, RULE),
        ("richText", {"richText": [{"type": "text", "text": {"content": RULE}}]}, RULE),
        ("richText", as_string({"richText": [{"text": RULE}]}), RULE),
        ("richText", {"richText": as_string([{"msgType": "text", "content": RULE}])}, RULE),
        ("richText", [{"text": RULE}], RULE),
        ("richText", {"richText": [{"type": "at", "atName": "韩梅"}, {"text": RULE}]}, f"@韩梅 {RULE}"),
        ("richText", {"richText": [{"text": RULE}, {"type": "emoji", "content": "[赞]"}]}, f"{RULE}[赞]"),
        ("richText", {"richText": [{"type": "picture"}, {"text": RULE}]}, LOST_PICTURE + RULE),
        ("audio", {"duration": 9, "recognition": RULE}, RULE),
        ("interactiveCard", {"cardContent": TREE}, f"{RULE}\n{OTHER}"),
        ("interactiveCard", {"cardContent": as_string(TREE)}, f"{RULE}\n{OTHER}"),
        ("interactiveCard", as_string({"cardContent": TREE}), f"{RULE}\n{OTHER}"),
        ("interactiveCard", {"cardData": {"cardParamMap": {"content": RULE, "flowStatus": "3"}}}, RULE),
        ("interactiveCard", {"cardData": as_string({"cardParamMap": {"md": RULE}})}, RULE),
        ("interactiveCard", {"cardParamMap": {"title": OTHER, "body": RULE}}, f"{OTHER}\n{RULE}"),
        ("actionCard", {"title": OTHER, "text": f"### {OTHER}\n{RULE}"}, f"### {OTHER}\n{RULE}"),
        ("markdown", {"title": OTHER, "text": RULE}, f"{OTHER}\n{RULE}"),
        ("link", {"title": OTHER, "text": RULE, "messageUrl": "https://a.example/1"}, None),
        ("chatRecord", {"title": "群里的记录", "summary": f"韩梅:{RULE}"}, f"群里的记录\n韩梅:{RULE}"),
        ("chatRecord", {"summary": as_string(ENTRIES)}, f"韩梅:{RULE}\n李雷:{OTHER}"),
        ("chatRecord", {"title": "记录", "chatRecord": ENTRIES}, f"记录\n韩梅:{RULE}\n李雷:{OTHER}"),
        ("chatRecord", {"chatRecord": as_string(ENTRIES)}, f"韩梅:{RULE}\n李雷:{OTHER}"),
        ("chatRecord", {"summary": as_string([RULE, OTHER])}, f"{RULE}\n{OTHER}"),
        ("somethingNew", {"payload": {"blocks": [{"lines": [RULE]}]}}, RULE),
    ],
)
def test_the_words_of_a_quote_are_found_in_every_shape(kind: str, content: object, words: str | None) -> None:
    quote = quote_in(replying({"msgType": kind, "msgId": "q1==", "senderId": "$:x", "content": content}))

    assert quote.text == (words or f"{OTHER}\n{RULE}\nhttps://a.example/1")
    assert quote.ids == ("q1==",)
    assert not quote.own


@pytest.mark.parametrize(
    "place",
    [
        {"msgtype": "text", "text": {"content": "好？"}, "quoteMessage": {"text": {"content": RULE}}},
        {
            "msgtype": "text",
            "text": {"content": "好？"},
            "quoteMessage": {"msgtype": "text", "content": RULE},
        },
        {"msgtype": "text", "text": {"content": "好？"}, "quoteMessage": as_string({"text": RULE})},
        {"msgtype": "text", "text": {"content": "好？"}, "content": {"quoteContent": RULE}},
        {"msgtype": "text", "text": {"content": "好？", "quoteContent": RULE}},
        {"msgtype": "text", "text": {"content": "好？"}, "content": {"repliedMsg": {"content": RULE}}},
        {
            "msgtype": "text",
            "text": {"content": "好？"},
            "content": {"repliedMsg": as_string({"text": RULE})},
        },
        {
            "msgtype": "text",
            "text": {"content": "好？", "repliedMsg": as_string({"content": {"text": RULE}})},
        },
        {"msgtype": "text", "text": {"content": "好？"}, "repliedMsg": {"msgType": "text", "content": RULE}},
        {"msgtype": "text", "text": {"content": "好？", "isReplyMsg": True, "preview": RULE}},
        {
            "msgtype": "richText",
            "content": {"richText": [{"text": "好？"}], "repliedMsg": {"content": {"text": RULE}}},
        },
        {
            "msgtype": "richText",
            "content": as_string({"richText": [{"text": "好？"}], "repliedMsg": {"content": RULE}}),
        },
        {"msgtype": "richText", "content": {"richText": [{"text": "好？"}]}, "text": {"repliedMsg": RULE}},
        {
            "msgtype": "richText",
            "content": {"richText": [{"type": "reply", "repliedMsg": {"content": RULE}}, {"text": "好？"}]},
        },
    ],
)
def test_a_quote_is_found_wherever_clients_put_it_and_is_no_part_of_the_words(place: dict[str, Any]) -> None:
    read = contents(place)

    assert (read.text, read.quote.text if read.quote else None) == ("好？", RULE)


@pytest.mark.parametrize(
    "body",
    [
        replying({"msgType": "interactiveCard", "msgId": "q1=="}, originalMsgId="q1=="),
        replying({"msgType": "interactiveCard", "msgId": "q1==", "content": {}}),
        replying({"msgType": "video", "msgId": "q1==", "content": {"downloadCode": "dc", "duration": 3}}),
        replying({"msgType": "audio", "msgId": "q1==", "content": {"downloadCode": "dc"}}),
        replying({"msgType": "unknownMsgType", "msgId": "q1==", "content": {"unknownMsgType": "x"}}),
        replying(
            {"msgType": "interactiveCard", "msgId": "q1==", "content": {"biz_custom_action_url": "dd://x"}}
        ),
        replying(None, originalMsgId="q1=="),
        {"msgtype": "text", "text": {"content": "好？"}, "originalMsgId": "q1=="},
        {"msgtype": "richText", "content": {"richText": [{"text": "好？"}]}, "originalMsgId": "q1=="},
        {"msgtype": "picture", "content": {**CODES}, "originalMsgId": "q1=="},
    ],
)
def test_a_quote_that_cannot_be_read_is_still_a_quote_with_its_id(body: dict[str, Any]) -> None:
    quote = quote_in(body)

    assert (quote.readable, quote.ids) == (False, ("q1==",))


def test_a_reply_without_any_id_is_still_a_reply() -> None:
    assert quote_in({"msgtype": "text", "text": {"content": "好？", "isReplyMsg": True}}) == Quote()


@pytest.mark.parametrize(
    "body",
    [
        {"msgtype": "text", "text": {"content": "好？"}},
        {"msgtype": "text", "text": {"content": "好？", "isReplyMsg": False}},
        {"msgtype": "text", "text": "好？"},
        {"msgtype": "richText", "content": {"richText": [{"text": "好？"}]}},
        {"msgtype": "text", "text": {"content": "好？"}, "quoteMessage": None, "originalMsgId": ""},
    ],
)
def test_a_message_that_replies_to_none_has_no_quote(body: dict[str, Any]) -> None:
    assert contents(body).quote is None


@pytest.mark.parametrize(
    ("replied", "more", "ids"),
    [
        ({"senderId": BOT, "msgId": "q1=="}, {"originalProcessQueryKey": "pqk1"}, ("pqk1", "q1==")),
        ({"senderId": BOT, "msgId": "q1=="}, {}, ("q1==",)),
        ({"msgId": "q1=="}, {"originalProcessQueryKey": "pqk1", "originalMsgId": "q1=="}, ("pqk1", "q1==")),
        ({"senderId": BOT, "content": {"processQueryKey": "pqk1", "outTrackId": "t1"}}, {}, ("pqk1", "t1")),
        (None, {"originalProcessQueryKey": "pqk1"}, ("pqk1",)),
    ],
)
def test_what_the_bot_said_itself_is_known_by_its_ids(
    replied: object, more: dict[str, Any], ids: tuple[str, ...]
) -> None:
    quote = quote_in(replying(replied, **more))

    assert (quote.own, quote.ids) == (True, ids)


@pytest.mark.parametrize(
    ("kind", "content", "words", "attachments"),
    [
        ("picture", CODES, "[图片1]", (PICTURE,)),
        ("image", CODES, "[图片1]", (PICTURE,)),
        ("", CODES, "[图片1]", (PICTURE,)),
        ("richText", {"richText": [{"type": "picture", **CODES}]}, "[图片1]", (PICTURE,)),
        (
            "file",
            {"downloadCode": "dc", "fileName": "假.pdf"},
            "假.pdf",
            (Attachment("file", "dc", "假.pdf"),),
        ),
        ("audio", {"downloadCode": "dc", "recognition": RULE}, RULE, (Attachment("audio", "dc"),)),
        ("chatRecord", {"records": [{"senderNick": "韩梅", **CODES}]}, "韩梅:[图片1]", (PICTURE,)),
        ("interactiveCard", {"card": [{"text": RULE}, CODES]}, f"{RULE}\n[图片1]", (PICTURE,)),
    ],
)
def test_pictures_and_files_of_a_quote_come_along(
    kind: str, content: object, words: str, attachments: tuple[Attachment, ...]
) -> None:
    read = contents(replying({"msgType": kind, "content": content}))

    assert read.attachments == attachments
    assert read.quote is not None
    assert read.quote.text == words


def test_pictures_of_the_message_itself_are_numbered_before_those_of_the_quote() -> None:
    own = {"downloadCode": "dc0"}
    body = {
        "msgtype": "richText",
        "content": {
            "richText": [own, {"text": "像吗"}],
            "repliedMsg": {"msgType": "picture", "content": CODES},
        },
    }

    read = contents(body)

    assert (read.text, read.attachments) == ("[图片1]像吗", (Attachment("picture", "dc0"), PICTURE))
    assert read.quote is not None
    assert read.quote.text == "[图片2]"


@pytest.mark.parametrize("text", ["制度", "# 制度", "制度全文"])
def test_a_title_that_its_text_begins_with_is_read_once(text: str) -> None:
    read = contents({"msgtype": "interactiveCard", "content": {"title": "制度", "text": text}})

    assert read.text.count("制度") == 1


@given(
    payload=payloads(),
    kind=st.sampled_from(["interactiveCard", "chatRecord", "markdown", "link", "richText", "newKind", ""]),
    place=st.sampled_from(["replied", "string", "quoteMessage", "rich"]),
)
def test_nothing_of_any_quote_is_lost(payload: tuple[Any, list[str]], kind: str, place: str) -> None:
    value, words = payload
    replied = {"msgType": kind, "msgId": "q1==", "content": value}
    body = {
        "replied": replying(replied),
        "string": replying(as_string(replied)),
        "quoteMessage": {"msgtype": "text", "text": {"content": "好？"}, "quoteMessage": replied},
        "rich": {"msgtype": "richText", "content": {"richText": [{"text": "好？"}], "repliedMsg": replied}},
    }[place]

    quote = quote_in(body)

    assert [word for word in words if word not in quote.text] == []


@given(
    payload=payloads(),
    kind=st.sampled_from(["interactiveCard", "chatRecord", "markdown", "link", "richText", "newKind"]),
    under=st.sampled_from(["content", "kind", "string"]),
)
def test_nothing_of_any_message_is_lost(payload: tuple[Any, list[str]], kind: str, under: str) -> None:
    value, words = payload
    holder = value if under == "content" else as_string({"x": value}) if under == "string" else {"x": value}
    body = {"msgtype": kind, kind if under == "kind" and kind != "richText" else "content": holder}

    read = contents(body)

    assert [word for word in words if word not in read.text] == []


@given(words=st.lists(WORDS, min_size=1, max_size=5), as_key=st.sampled_from(["text", "content"]))
def test_every_run_of_a_rich_text_is_read(words: list[str], as_key: str) -> None:
    read = contents({"msgtype": "richText", "content": {"richText": [{as_key: word} for word in words]}})

    assert read.text.replace(" ", "") == "".join(words).replace(" ", "")


def test_a_quote_of_a_quote_holds_both() -> None:
    inner = {"msgType": "text", "content": {"text": OTHER}}
    quote = quote_in(replying({"msgType": "text", "content": {"text": RULE, "repliedMsg": inner}}))

    assert quote.text == f"{RULE}\n{OTHER}"


def test_a_quote_too_deep_to_be_read_says_so() -> None:
    value: object = OTHER
    for _ in range(70):
        value = {"children": [value]}

    quote = quote_in(replying({"msgType": "interactiveCard", "content": {"title": RULE, "tree": value}}))

    assert quote.text.startswith(RULE)
    assert "没有读完" in quote.text
