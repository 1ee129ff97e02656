"""The unmodified official SDK as the gateway's client: what it takes, and what it makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest

from emulators.dingtalk.pushing.pushes import PushKind

if TYPE_CHECKING:
    import httpx

    from emulators.dingtalk import DingTalkSide, Message, RobotApp
    from emulators.tests.contract.dingtalk.conftest import Caller
    from emulators.tests.contract.dingtalk.stream.conftest import Sdk

_PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


def said_as(kind: PushKind, said_before: Message) -> dict[str, Any]:
    """The least that makes a message of this kind."""
    if kind == "picture":
        return {"pictures": [_PNG]}
    if kind == "richText":
        return {"text": "看图", "pictures": [_PNG]}
    if kind == "file":
        return {"file": ("a.pdf", b"%PDF-")}
    if kind == "chatRecord":
        return {"forward": [said_before]}
    return {"text": "住宿标准？", "kind": kind}


@pytest.fixture
def caller(side: DingTalkSide, robot: RobotApp, http: httpx.AsyncClient, caller_of: type[Caller]) -> Caller:
    return caller_of(side, http, robot)


async def test_every_kind_of_message_arrives(side: DingTalkSide, robot: RobotApp, sdk: Sdk) -> None:
    person = side.person("小明")
    chat = side.private(person, robot)
    before = await side.say(person=person, conversation=chat, robot=robot, text="住宿标准？")
    await sdk.next("message")
    for kind in get_args(PushKind):
        said = said_as(kind, before.message)
        outcome = await side.say(person=person, conversation=chat, robot=robot, **said)
        told = await sdk.next("message")

        assert outcome.delivered, (kind, outcome.pushes[0].error)
        assert outcome.status == 200
        assert told["data"]["read_by_the_sdk"]["type"] == told["data"]["msgtype"] == kind
        assert told["data"]["msgId"] == outcome.message.id
        assert told["headers"]["topic"] == "/v1.0/im/bot/messages/get"
    assert side.ledger.violations == []


async def test_the_body_is_the_one_that_http_carries(side: DingTalkSide, robot: RobotApp, sdk: Sdk) -> None:
    await side.say(person=side.person("小明"), conversation=side.group(), robot=robot, text="在吗")
    data = (await sdk.next("message"))["data"]

    assert data["text"] == {"content": " 在吗"}
    assert data["read_by_the_sdk"]["texts"] == [" 在吗"]
    assert (data["conversationType"], data["senderStaffId"], data["isInAtList"]) == ("2", "user0001", True)
    assert data["sessionWebhook"].startswith(side.url)


async def test_a_click_is_answered_within_the_push(
    side: DingTalkSide, robot: RobotApp, sdk: Sdk, caller: Caller
) -> None:
    assert (await caller.create("turn-1", side.group().id, callbackType="STREAM")).is_success
    card, person = side.card("turn-1"), side.person("小红")
    push = await side.click(card, person=person, action_id="like", params={"action": "like"})
    data = (await sdk.next("click"))["data"]

    assert push.delivered, push.error
    clicked = json.loads(data["read_by_the_sdk"]["content"])
    assert clicked["cardPrivateData"]["params"] == {"action": "like"}
    assert (data["outTrackId"], data["userId"], data["value"]) == ("turn-1", "user0002", data["content"])
    assert card.seen_by("user0002")["feedback"] == "like"
    assert "feedback" not in card.seen_by("user0001")


async def test_an_event_comes_with_its_type_in_the_headers(
    side: DingTalkSide, robot: RobotApp, sdk: Sdk
) -> None:
    push = await side.push_event(robot, "user_leave_org", {"userId": ["user0002"]}, event_id="evt1")
    told = await sdk.next("event")

    assert told["data"] == {"userId": ["user0002"]}
    assert told["headers"]["eventType"] == "user_leave_org"
    # The released SDK acknowledges an event with the event itself, in which there is no status.
    assert (push.status, push.delivered) == (200, False)
    again = await sdk.next("event")
    assert again["data"] == told["data"]
    assert again["headers"]["messageId"] != told["headers"]["messageId"]


async def test_it_says_what_it_is_and_subscribes_to_what_it_handles(
    side: DingTalkSide, robot: RobotApp, sdk: Sdk
) -> None:
    (opened,) = side.gateway.tickets.opened

    assert opened.user_agent.startswith("dingtalk-sdk-python/v")
    assert opened.subscriptions == {
        ("EVENT", "*"),
        ("CALLBACK", "/v1.0/im/bot/messages/get"),
        ("CALLBACK", "/v1.0/card/instances/callback"),
    }


async def test_it_answers_a_ping_with_the_opaque(side: DingTalkSide, robot: RobotApp, sdk: Sdk) -> None:
    (connection,) = side.gateway.of(robot)

    assert await connection.ping(limit=20.0)


async def test_told_to_disconnect_it_comes_back(side: DingTalkSide, robot: RobotApp, sdk: Sdk) -> None:
    (connection,) = side.gateway.of(robot)
    await side.gateway.expire(connection)
    await side.wait_for(lambda: side.gateway.of(robot), 20.0)
    outcome = await side.say(
        person=side.person("小明"), conversation=side.group(), robot=robot, text="还在吗"
    )

    assert connection.closed
    assert outcome.delivered
    assert len(side.gateway.tickets.opened) == 2
