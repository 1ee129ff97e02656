from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from emulators.dingtalk.organisation.chats import Chats, Conversation, Message
from emulators.dingtalk.organisation.people import Person, RobotApp
from emulators.dingtalk.pushing.pushes import (
    PUSH_KINDS,
    UNDOCUMENTED_KINDS,
    payload_of,
    push_body,
    without_content,
)
from emulators.dingtalk.pushing.sayings import Saying, saying
from emulators.dingtalk.pushing.session_webhooks import SessionWebhooks

if TYPE_CHECKING:
    from emulators.dingtalk.pushing.pushes import PushKind

MING = Person(nick="小明", staff_id="user0001", union_id="uni0001", is_admin=True)
OUTSIDER = Person(nick="老王", corp_id="dingother0001")
ROBOT = RobotApp(name="travel", client_id="dingapp1", client_secret="s1", title="差旅助手")
CHATS = Chats("dingcorp0001")
GROUP = CHATS.add_group("差旅咨询群", [MING, OUTSIDER], [ROBOT])


def body_of(person: Person, conversation: Conversation, kind: PushKind = "text") -> dict[str, Any]:
    said = saying("住宿标准？", is_group=conversation.is_group, kind=kind)
    message = Message(
        "msg1==",
        conversation,
        person,
        kind,
        said.shown,
        payload(said, conversation),
        1767225600.123,
        "person",
    )
    webhook = SessionWebhooks(lambda: "s0").open(conversation, ROBOT, 1767225600123)
    return push_body(message, ROBOT, webhook, webhook.url("http://127.0.0.1:1"), corp_id="dingcorp0001")


def payload(said: Saying, conversation: Conversation) -> dict[str, Any]:
    ids = count(1)
    return payload_of(
        said,
        is_group=conversation.is_group,
        new_id=lambda: f"{next(ids)}",
        keep=lambda _: f"dc{next(ids)}",
    )


def test_a_group_message_carries_every_documented_field() -> None:
    assert body_of(MING, GROUP) == {
        "senderPlatform": "Mac",
        "conversationId": GROUP.id,
        "conversationType": "2",
        "conversationTitle": "差旅咨询群",
        "atUsers": [{"dingtalkId": ROBOT.dingtalk_id}],
        "isInAtList": True,
        "chatbotCorpId": "dingcorp0001",
        "chatbotUserId": ROBOT.dingtalk_id,
        "robotCode": "dingapp1",
        "msgId": "msg1==",
        "createAt": 1767225600123,
        "senderId": MING.sender_id,
        "senderStaffId": "user0001",
        "senderUnionId": "uni0001",
        "senderCorpId": "dingcorp0001",
        "senderNick": "小明",
        "isAdmin": True,
        "sessionWebhook": "http://127.0.0.1:1/robot/sendBySession?session=s0",
        "sessionWebhookExpiredTime": 1767225600123 + 5_400_000,
        "msgtype": "text",
        "text": {"content": " 住宿标准？"},
    }


def test_a_private_message_has_neither_mentions_nor_a_leading_space() -> None:
    body = body_of(MING, CHATS.private(MING, ROBOT))

    assert body["conversationType"] == "1"
    assert body["text"] == {"content": "住宿标准？"}
    assert not {"conversationTitle", "atUsers", "isInAtList"} & set(body)


def test_an_outsider_has_an_empty_staff_id_and_another_corp() -> None:
    body = body_of(OUTSIDER, GROUP)

    assert (body["senderStaffId"], body["senderCorpId"]) == ("", "dingother0001")
    assert "senderUnionId" not in body


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (
            "richText",
            {
                "richText": [
                    {"text": "住宿标准？"},
                    {"type": "picture", "downloadCode": "dc1", "pictureDownloadCode": "dc2"},
                ]
            },
        ),
        ("picture", {"downloadCode": "dc1", "pictureDownloadCode": "dc2"}),
        ("audio", {"duration": 4000, "downloadCode": "dc1", "recognition": "住宿标准？"}),
        ("video", {"duration": 4000, "downloadCode": "dc1", "videoType": "mp4"}),
        ("file", {"downloadCode": "dc1", "fileName": "住宿标准？", "spaceId": "2", "fileId": "3"}),
        ("unknownMsgType", {"unknownMsgType": "住宿标准？"}),
    ],
)
def test_every_other_kind_has_its_payload_under_content(kind: PushKind, content: dict[str, Any]) -> None:
    body = body_of(MING, CHATS.private(MING, ROBOT), kind)

    assert body["msgtype"] == kind
    assert body["content"] == content
    assert "text" not in body


def test_pictures_stand_where_they_were_put_and_have_codes_of_their_own() -> None:
    said = saying("看\ufffc和\ufffc对吗", is_group=True, pictures=[b"1", b"2", b"3"])
    runs = payload(said, GROUP)["content"]["richText"]

    assert [run.get("text", run.get("downloadCode")) for run in runs] == [
        "看",
        "dc1",
        "和",
        "dc3",
        "对吗",
        "dc5",
    ]


def test_no_kind_is_forgotten() -> None:
    documented = {"text", "richText", "picture", "audio", "video", "file", "unknownMsgType"}
    assert documented | UNDOCUMENTED_KINDS == PUSH_KINDS


def test_without_quota_a_push_has_an_error_and_no_words() -> None:
    body = without_content(body_of(MING, GROUP))

    assert body["errorCode"] == "20001"
    assert body["msgId"] == "msg1=="
    assert not {"text", "content"} & set(body)


def test_a_robot_hears_nothing_of_what_robots_say() -> None:
    message = Message("msg1==", GROUP, ROBOT, "text", "好", {}, 1.0, "inline")
    webhook = SessionWebhooks(lambda: "s0").open(GROUP, ROBOT, 1)

    with pytest.raises(TypeError, match="only what people say"):
        push_body(message, ROBOT, webhook, "http://127.0.0.1:1", corp_id="dingcorp0001")
