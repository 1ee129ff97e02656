"""Quotes, mentions and records as DingTalk's side puts them into a push."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulators.dingtalk.organisation.cards import Card
from emulators.dingtalk.organisation.chats import Chats, Message
from emulators.dingtalk.organisation.people import Person, RobotApp
from emulators.dingtalk.pushing.mentioning import at_users, mention_runs, mentioned_in, without_mentions
from emulators.dingtalk.pushing.quoting import card_of, record_of, with_quote
from emulators.dingtalk.pushing.sayings import saying

MING = Person(nick="小明", staff_id="user0001")
MINGYUE = Person(nick="小明月", staff_id="user0003")
OUTSIDER = Person(nick="Anna", corp_id="dingother0001")
ROBOT = RobotApp(name="travel", client_id="dingapp1", client_secret="s1", title="差旅助手")
GROUP = Chats("dingcorp0001").add_group("群", [MING, OUTSIDER], [ROBOT])


def message(
    content: dict[str, Any], kind: str = "text", sender: Person | RobotApp = MING, **more: Any
) -> Message:
    via = "person" if isinstance(sender, Person) else "openapi"
    return Message("m1==", GROUP, sender, kind, "字", content, 1.5, via, **more)  # type: ignore[arg-type]


def reply_to(
    quote: Message | Card, content: dict[str, Any] | None = None, kind: str = "text"
) -> dict[str, Any]:
    return with_quote(message(content or {"text": {"content": " 好？"}}, kind, quote=quote))


def test_a_reply_to_a_person_holds_their_words_and_the_messages_id() -> None:
    assert reply_to(message({"text": {"content": " 七点"}})) == {
        "text": {
            "content": " 好？",
            "isReplyMsg": True,
            "repliedMsg": {
                "createdAt": 1500,
                "senderId": MING.sender_id,
                "msgType": "text",
                "msgId": "m1==",
                "content": {"text": "七点"},
            },
        },
        "originalMsgId": "m1==",
    }


def test_a_reply_to_a_card_holds_ids_and_no_words() -> None:
    card = Card("t1", ROBOT, "x.schema", "content", 2.0, carriers={GROUP.id: "carrier1"})

    body = reply_to(card)

    assert body["originalProcessQueryKey"] == "carrier1"
    assert body["text"]["repliedMsg"] == {
        "createdAt": 2000,
        "senderId": ROBOT.dingtalk_id,
        "msgType": "interactiveCard",
        "msgId": body["originalMsgId"],
    }


@pytest.mark.parametrize("key", ["pqk1", ""])
def test_what_a_robot_sent_is_quoted_by_its_title(key: str) -> None:
    sent = message({"title": "标题", "text": "全文"}, "sampleMarkdown", ROBOT, process_query_key=key)

    body = reply_to(sent)

    assert body["text"]["repliedMsg"]["content"] == {"text": "标题"}
    assert body["text"]["repliedMsg"]["senderId"] == ROBOT.dingtalk_id
    assert body.get("originalProcessQueryKey", "") == key


def test_runs_of_a_quoted_rich_text_have_other_names() -> None:
    runs = [{"text": "看"}, {"type": "picture", "downloadCode": "dc"}, {"type": "at", "atName": "小明"}]

    body = reply_to(message({"content": {"richText": runs}}, "richText"))

    assert body["text"]["repliedMsg"]["content"]["richText"] == [
        {"msgType": "text", "content": "看"},
        {"msgType": "picture", "downloadCode": "dc"},
        {"msgType": "at", "atName": "小明"},
    ]


@pytest.mark.parametrize("kind", ["audio", "video", "interactiveCard", "unknownMsgType"])
def test_what_dingtalk_does_not_pass_on_is_quoted_without_words(kind: str) -> None:
    assert "content" not in reply_to(message({"content": {"recognition": "字"}}, kind))["text"]["repliedMsg"]


def test_a_reply_in_rich_text_has_the_quote_beside_its_runs() -> None:
    body = reply_to(
        message({"text": {"content": "七点"}}), {"content": {"richText": [{"text": "好？"}]}}, "richText"
    )

    assert body["content"]["repliedMsg"]["content"] == {"text": "七点"}
    assert body["content"]["richText"] == [{"text": "好？"}]
    assert "text" not in body


def test_a_message_that_quotes_nothing_is_as_before() -> None:
    assert with_quote(message({"text": {"content": "七点"}})) == {"text": {"content": "七点"}}


def test_a_record_is_json_in_a_string() -> None:
    record = record_of("记录", [("小明", "七点")])

    assert record["title"] == "记录"
    assert json.loads(record["summary"]) == [{"senderNick": "小明", "msgType": "text", "content": "七点"}]


def test_a_card_that_is_sent_on_is_a_tree() -> None:
    tree = json.loads(card_of(["一", "二"])["cardContent"])

    assert [leaf["value"] for leaf in tree["children"][0]["children"]] == ["一", "二"]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("@小明 在哪", (MING,)),
        ("@小明月 在哪", (MINGYUE,)),
        ("问 @Anna，@小明 好", (OUTSIDER, MING)),
        ("小明在哪", ()),
    ],
)
def test_people_are_mentioned_by_name(text: str, people: tuple[Person, ...]) -> None:
    assert mentioned_in(text, [MING, MINGYUE, OUTSIDER]) == people


def test_names_are_taken_out_of_the_words_and_the_blanks_stay() -> None:
    assert without_mentions("问 @小明 的 @Anna", [MING, OUTSIDER]) == "问  的 "


def test_rich_text_has_a_run_for_each_mention() -> None:
    assert mention_runs("问 @小明 好", [MING]) == [
        {"text": "问 "},
        {"type": "at", "atName": "小明"},
        {"text": " 好"},
    ]


def test_only_who_was_mentioned_is_listed() -> None:
    assert at_users(ROBOT, [OUTSIDER], to_robot=False) == [{"dingtalkId": OUTSIDER.sender_id, "staffId": ""}]
    assert at_users(ROBOT, [], to_robot=True) == [{"dingtalkId": ROBOT.dingtalk_id}]


def test_a_record_holds_nothing_but_messages() -> None:
    with pytest.raises(ValueError, match="nothing else"):
        saying("记录", is_group=True, entries=[("小明", "七点")], pictures=[b"1"])
    with pytest.raises(ValueError, match="nothing else"):
        saying("记录", is_group=True, kind="chatRecord")
