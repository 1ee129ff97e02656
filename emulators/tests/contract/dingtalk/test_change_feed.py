from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import DingTalkSide, RobotApp
from emulators.faults import FaultBoard

if TYPE_CHECKING:
    from emulators.tests.contract.dingtalk.conftest import Bot, Caller


async def test_a_whole_answer_is_told_in_the_order_it_happened(
    side: DingTalkSide, caller: Caller, bot: Bot
) -> None:
    group = side.group()
    with side.subscribe() as changes:
        bot.answer = b'{"msgtype": "text", "text": {"content": "\xe6\x94\xb6\xe5\x88\xb0"}}'
        await side.say(
            person=side.person("小明"), conversation=group, text="在吗", robot=side.robot("travel")
        )
        await caller.create("turn-1", group.id)
        await caller.stream("turn-1", "一", "g1")
        await caller.stream("turn-1", "一二", "g2", isFinalize=True)
    told = [change async for change in changes]

    assert [change.kind for change in told if change.kind != "call"] == [
        "message",
        "message",
        "push",
        "card",
        "frame",
        "frame",
        "closed",
    ]
    assert [change.kind for change in told if change.kind in {"closed", "call"}][-2:] == ["closed", "call"]
    assert [change.seq for change in told] == [*range(1, len(told) + 1)]
    assert {change.conversation for change in told if change.kind != "call"} == {group}
    assert [change.frame.text for change in told if change.kind == "frame" and change.frame] == ["一", "一二"]


async def test_an_undelivered_message_is_told(side: DingTalkSide, robot: RobotApp) -> None:
    robot.callback_url = ""
    with side.subscribe() as changes:
        await side.say(person=side.person("小明"), conversation=side.group(), text="在吗", robot=robot)

    assert [change.kind async for change in changes] == ["message", "push", "message_changed"]


async def test_one_can_wait_for_a_card_that_does_not_exist_yet(side: DingTalkSide, caller: Caller) -> None:
    await caller.create("turn-1", side.group().id)
    await caller.stream("turn-1", "完", "g1", isFinalize=True)

    assert await side.wait_for(lambda: side.card("turn-1").closed)
    with pytest.raises(TimeoutError):
        await side.wait_for(lambda: side.card("turn-2").closed, timeout=0.01)


async def test_stopping_ends_every_subscription(robot: RobotApp) -> None:
    side = DingTalkSide(robots=[robot], faults=FaultBoard())
    changes = side.subscribe()
    await side.stop()

    assert [change async for change in changes] == []


async def test_the_demo_is_set_up(side: DingTalkSide, robot: RobotApp) -> None:
    assert [(person.nick, person.staff_id) for person in side.people] == [
        ("小明", "user0001"),
        ("小红", "user0002"),
        ("小周", "user0003"),
        ("小林", "user0004"),
    ]
    assert (side.group().title, side.group().people) == ("差旅咨询群", side.people)
    assert side.group().robots == side.robots
    assert side.conversation(side.group().id) is side.group()
    with pytest.raises(LookupError, match="There is: 小明, 小红, 小周, 小林"):
        side.person("小刚")


@pytest.mark.parametrize("attribute", ["name", "client_id", "robot_code"])
def test_two_robots_cannot_share_an_identity(attribute: str) -> None:
    robots = [RobotApp("a", "app1", "s", "code1"), RobotApp("b", "app2", "s", "code2")]
    setattr(robots[1], attribute, getattr(robots[0], attribute))

    with pytest.raises(ValueError, match=f"share one {attribute}"):
        DingTalkSide(robots=robots, faults=FaultBoard())


def test_its_faults_are_known_to_the_board(side: DingTalkSide, faults: FaultBoard) -> None:
    assert {kind.name for kind in faults.kinds} == {
        "dingtalk.away",
        "dingtalk.card_refused",
        "dingtalk.card_undelivered",
        "dingtalk.contact_refused",
        "dingtalk.contact_scope",
        "dingtalk.download_gone",
        "dingtalk.error_500",
        "dingtalk.flow_controlled",
        "dingtalk.ip_refused",
        "dingtalk.media_refused",
        "dingtalk.push_quota",
        "dingtalk.push_twice",
        "dingtalk.qps",
        "dingtalk.robot_code_refused",
        "dingtalk.sending_refused",
        "dingtalk.slow",
        "dingtalk.stream_cut",
        "dingtalk.stream_refused",
        "dingtalk.stream_silent",
        "dingtalk.streaming_refused",
        "dingtalk.template_missing",
        "dingtalk.token_expired",
        "dingtalk.webhook_expired",
    }
