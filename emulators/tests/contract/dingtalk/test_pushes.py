from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import DingTalkSide, Person, PushOutcome, RobotApp
from emulators.dingtalk.pushing import delivery as delivery_module
from emulators.dingtalk.pushing.posting import PUSH_LIMIT_S
from emulators.dingtalk.pushing.signing import robot_sign
from emulators.faults import FaultBoard

if TYPE_CHECKING:
    from emulators.dingtalk.pushing.pushes import PushKind
    from emulators.tests.contract.dingtalk.conftest import Bot, Clock


async def ask(side: DingTalkSide, text: str = "住宿标准？", **change: object) -> PushOutcome:
    settings = {
        "person": side.person("小明"),
        "conversation": side.group(),
        "text": text,
        "robot": side.robot("travel"),
        **change,
    }
    return await side.say(**settings)  # type: ignore[arg-type]


async def test_a_message_is_signed_and_posted(side: DingTalkSide, bot: Bot) -> None:
    outcome = await ask(side)

    ((headers, _, body),) = bot.received
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["timestamp"] == "1767225600000"
    assert headers["sign"] == robot_sign("1767225600000", "secret-1")
    assert body["msgId"] == outcome.message.id
    assert body["text"] == {"content": " 住宿标准？"}
    assert body["sessionWebhook"].startswith(f"{side.url}/robot/sendBySession?session=")
    assert body["sessionWebhookExpiredTime"] == body["createAt"] + 5_400_000
    assert (outcome.delivered, outcome.status, outcome.message.undelivered) == (True, 200, "")
    assert side.messages(side.group()) == [outcome.message]


async def test_a_repeated_delivery_is_the_same_message_signed_anew(
    side: DingTalkSide, bot: Bot, clock: Clock
) -> None:
    first = await ask(side, times=2)
    clock.now += 60
    again = await ask(side, msg_id=first.message.id)

    assert again.message is first.message
    assert {body["msgId"] for body in bot.bodies} == {first.message.id}
    assert {body["createAt"] for body in bot.bodies} == {1767225600000}
    assert [headers["timestamp"] for headers, _, _ in bot.received] == [
        "1767225600000",
        "1767225600000",
        "1767225660000",
    ]
    assert len(side.messages(side.group())) == 1
    assert len(side.ledger.pushes) == 3


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"msgtype": "text", "text": {"content": "450 元"}}, "450 元"),
        ({"msgtype": "markdown", "markdown": {"title": "差旅", "text": "**450 元**"}}, "**450 元**"),
    ],
)
async def test_an_inline_reply_is_a_message_of_the_robot(
    side: DingTalkSide, bot: Bot, robot: RobotApp, answer: dict[str, object], text: str
) -> None:
    bot.answer = json.dumps(answer).encode()
    await ask(side)

    reply = side.messages(side.group())[-1]
    assert (reply.text, reply.kind, reply.via) == (text, answer["msgtype"], "inline")
    assert reply.sender is robot


@pytest.mark.parametrize("answer", [b"", b" \n", b'{"msgtype": "empty"}', b"{}"])
async def test_an_empty_answer_says_nothing(side: DingTalkSide, bot: Bot, answer: bytes) -> None:
    bot.answer = answer
    outcome = await ask(side)

    assert outcome.delivered
    assert side.messages(side.group()) == [outcome.message]


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (500, b"oops", "HTTP 500"),
        (401, b'{"msgtype": "text", "text": {"content": "no"}}', "HTTP 401"),
        (302, b"", "HTTP 302"),
        (200, b"success", "the answer is not JSON"),
        (200, b"\xff", "the answer is not JSON"),
        (200, b'{"msgtype": "card"}', "the answer is no reply"),
        (200, b'{"msgtype": "text"}', "the answer is no reply"),
        (200, b"[]", "the answer is no reply"),
    ],
)
async def test_a_push_the_bot_did_not_take_is_shown_as_undelivered(
    side: DingTalkSide, bot: Bot, status: int, answer: bytes, reason: str
) -> None:
    bot.status, bot.answer = status, answer
    outcome = await ask(side)

    assert not outcome.delivered
    assert outcome.status == status
    assert outcome.message.undelivered.startswith(reason)
    assert side.ledger.pushes[-1].error.startswith(reason)
    assert side.messages(side.group()) == [outcome.message]


async def test_a_bot_that_takes_too_long_has_not_taken_it(
    side: DingTalkSide, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "PUSH_LIMIT_S", 0.05)
    bot.released.clear()
    outcome = await ask(side)

    assert (outcome.status, outcome.delivered) == (None, False)
    assert outcome.message.undelivered == "no answer within 0.05 s"


def test_the_limit_is_the_documented_one() -> None:
    assert PUSH_LIMIT_S == 2.5


async def test_a_robot_without_a_callback_url_gets_nothing(
    side: DingTalkSide, robot: RobotApp, bot: Bot
) -> None:
    robot.callback_url = ""
    outcome = await ask(side)

    assert outcome.status is None
    assert outcome.message.undelivered == "the robot has no callback URL; set RobotApp.callback_url"
    assert bot.received == []


async def test_a_second_delivery_can_make_good_for_the_first(side: DingTalkSide, bot: Bot) -> None:
    bot.status = 503
    first = await ask(side)
    bot.status = 200
    await ask(side, msg_id=first.message.id)

    assert first.message.undelivered == ""


async def test_the_fault_push_twice_delivers_twice(side: DingTalkSide, bot: Bot, faults: FaultBoard) -> None:
    faults.switch_on("dingtalk.push_twice", count=1)
    outcome = await ask(side)

    assert len(outcome.pushes) == 2
    assert bot.bodies[0] == bot.bodies[1]


async def test_the_fault_push_quota_delivers_no_words(
    side: DingTalkSide, bot: Bot, faults: FaultBoard
) -> None:
    faults.switch_on("dingtalk.push_quota", count=1)
    await ask(side)

    assert bot.bodies[0]["errorCode"] == "20001"
    assert "text" not in bot.bodies[0]


async def test_an_outsider_can_ask_in_a_group(side: DingTalkSide, bot: Bot) -> None:
    outsider = side.add_person(Person(nick="老王"))
    group = side.add_group("外部群", [outsider])
    await ask(side, person=outsider, conversation=group)

    assert bot.bodies[0]["senderStaffId"] == ""
    assert bot.bodies[0]["senderId"] == outsider.sender_id


async def test_in_a_private_chat_a_voice_arrives_with_its_words(side: DingTalkSide, bot: Bot) -> None:
    chat = side.private(side.person("小明"), side.robot("travel"))
    await ask(side, conversation=chat, kind="audio")

    assert bot.bodies[0]["conversationType"] == "1"
    assert bot.bodies[0]["msgtype"] == "audio"
    assert bot.bodies[0]["content"]["recognition"] == "住宿标准？"


@pytest.mark.parametrize("kind", ["audio", "video", "file"])
async def test_a_group_delivers_no_recordings_and_files(side: DingTalkSide, kind: PushKind) -> None:
    with pytest.raises(ValueError, match=f"delivers no {kind}"):
        await ask(side, kind=kind)


async def test_only_those_in_a_chat_can_talk_in_it(side: DingTalkSide, robot: RobotApp) -> None:
    with pytest.raises(ValueError, match="not both in"):
        await ask(side, person=Person(nick="老王"))
    with pytest.raises(ValueError, match="not both in"):
        await ask(side, conversation=side.private(side.person("小明"), side.robot("hr")))


async def test_nothing_is_pushed_before_the_start() -> None:
    side = DingTalkSide(robots=[RobotApp("travel", "dingapp1", "s1")], faults=FaultBoard())

    with pytest.raises(RuntimeError, match="start"):
        await ask(side)
    assert side.messages(side.group()) == []


async def test_a_push_can_be_watched_from_the_outside(side: DingTalkSide, bot: Bot) -> None:
    bot.released.clear()
    asking = asyncio.create_task(ask(side))
    message = await side.wait_for(lambda: side.messages(side.group())[0])

    assert not asking.done()
    bot.released.set()
    assert (await asking).message is message
