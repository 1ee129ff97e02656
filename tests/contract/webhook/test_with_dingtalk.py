"""Messages, events and clicks of DingTalk's side, signed and sealed by its own code, through our callback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulators.dingtalk import EventSubscription, Person
from rag_on_dingtalk.models.jobs import CardAction, Notice, OrganisationEvent
from tests.contract.webhook.conftest import AES_KEY, CORP_ID, EDGE, SECRETS

if TYPE_CHECKING:
    from emulators.dingtalk import PushOutcome
    from emulators.dingtalk.pushing.pushes import PushKind
    from emulators.faults import FaultBoard
    from tests.contract.webhook.conftest import Front


async def say(
    front: Front, text: str = "年假有几天？", kind: PushKind = "text", nick: str = "小明"
) -> PushOutcome:
    side = front.side
    person, robot = side.person(nick), side.robot("handbook")
    chat = side.private(person, robot)
    return await side.say(person=person, conversation=chat, text=text, robot=robot, kind=kind)


@pytest.mark.parametrize(
    ("kind", "text", "attached"),
    [
        ("text", "年假有几天？", []),
        ("richText", "年假有几天？[图片1]", ["picture"]),
        ("picture", "", ["picture"]),
        ("audio", "年假有几天？", ["audio"]),
        ("file", "", ["file"]),
        ("video", "", ["video"]),
        ("unknownMsgType", "", []),
    ],
)
async def test_every_kind_of_message_arrives(
    front: Front, kind: PushKind, text: str, attached: list[str]
) -> None:
    outcome = await say(front, kind=kind)

    assert (outcome.status, outcome.body) == (200, '{"msgtype":"empty"}')
    (question,) = front.queued
    assert (question.message_type, question.text) == (kind, text)
    assert [attachment.kind for attachment in question.attachments] == attached
    assert question.webhook is not None


async def test_in_a_group_somebody_from_outside_is_heard_too(front: Front) -> None:
    side = front.side
    guest = side.add_person(Person(nick="访客", corp_id="dingothercorp0001"))
    group = side.add_group("合作群", [guest])

    await side.say(person=guest, conversation=group, text="你好", robot=side.robot("handbook"))

    (question,) = front.queued
    assert (question.text, question.sender.staff_id) == ("你好", "")
    assert question.conversation.is_group


async def test_a_message_that_is_pushed_twice_has_one_identity(front: Front, faults: FaultBoard) -> None:
    faults.switch_on("dingtalk.push_twice")

    await say(front)

    assert len({question.turn_id for question in front.queued}) == 1
    assert len(front.queued) == 2


async def test_without_quota_the_administrators_are_told(front: Front, faults: FaultBoard) -> None:
    faults.switch_on("dingtalk.push_quota")

    assert (await say(front)).body == '{"msgtype":"empty"}'
    (notice,) = front.queued
    assert isinstance(notice, Notice)


async def test_what_was_not_queued_is_said_in_the_chat(front: Front) -> None:
    front.refuse = True

    outcome = await say(front)

    assert "系统繁忙" in outcome.message.conversation.messages[-1].text


@pytest.mark.parametrize(
    ("type_", "fields", "expected"),
    [
        ("user_leave_org", {"userId": ["user0002"]}, {"user_ids": ("user0002",)}),
        ("user_modify_org", {"userId": ["user0002"], "diffInfo": []}, {"user_ids": ("user0002",)}),
        ("org_dept_create", {"deptId": [7]}, {"department_ids": ("7",)}),
        ("org_dept_modify", {"deptId": [7]}, {"department_ids": ("7",)}),
        ("org_dept_remove", {"deptId": [7]}, {"department_ids": ("7",)}),
        ("chat_disband", {"openConversationId": "cid1=="}, {"conversation_id": "cid1=="}),
        ("chat_update_title", {"OpenConversationId": "cid1=="}, {"conversation_id": "cid1=="}),
        ("robot_msg_recall", {"ProcessQueryKey": "key1"}, {"message_key": "key1"}),
    ],
)
async def test_events_arrive(
    front: Front, type_: str, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    push = await front.side.push_event(front.side.robot("handbook"), type_, fields, event_id="evt1")

    assert push.error == ""
    (event,) = front.queued
    assert isinstance(event, OrganisationEvent)
    assert (event.type, event.event_id, event.corp_id) == (type_, "evt1", CORP_ID)
    assert {name: getattr(event, name) for name in expected} == expected


@pytest.mark.parametrize("type_", ["check_url", "chat_add_member", "robot_msg_read"])
async def test_other_events_are_answered_and_dropped(front: Front, type_: str) -> None:
    push = await front.side.push_event(front.side.robot("handbook"), type_)

    assert (push.error, front.queued) == ("", [])


async def test_an_event_that_was_not_queued_is_undelivered_and_comes_again(front: Front) -> None:
    robot = front.side.robot("handbook")
    front.refuse = True
    assert not (await front.side.push_event(robot, "user_leave_org", event_id="evt1")).delivered
    front.refuse = False

    pushes = [await front.side.push_event(robot, "user_leave_org", event_id="evt1") for _ in range(2)]

    assert all(push.delivered for push in pushes)
    assert len(front.queued) == 1


@pytest.mark.parametrize(
    ("path", "token"),
    [
        ("/events/handbook/example-p4th-s3cret", "another"),
        ("/events/handbook", SECRETS["token"]),
        ("/events/nobody", SECRETS["token"]),
    ],
)
async def test_a_subscription_with_other_secrets_is_refused(front: Front, path: str, token: str) -> None:
    robot = front.side.robot("handbook")
    robot.events = EventSubscription(EDGE + path, token, AES_KEY)

    push = await front.side.push_event(robot, "user_leave_org")

    assert (push.status, push.body) == (401, '{"error":"unauthorized"}')
    assert front.queued == []


@pytest.mark.parametrize(
    ("action", "params", "words", "seen"),
    [
        ("like", {}, "", ("feedback", "like")),
        ("dislike", {"reason": "过时了"}, "过时了", ("feedback", "dislike")),
        ("stop", {}, "", ("stopping", "true")),
        ("retry", {}, "", ("retried", "true")),
        ("ask", {"question": "住宿呢？"}, "住宿呢？", ("asked", "true")),
    ],
)
async def test_clicks_arrive_and_change_the_card_for_the_clicker(
    front: Front, action: str, params: dict[str, str], words: str, seen: tuple[str, str]
) -> None:
    await say(front)
    card = await front.card_of(front.queued[0])

    push = await front.side.click(
        card, person=front.side.person("小明"), action_id=action, params={"action": action, **params}
    )

    assert push.error == ""
    click = front.queued[1]
    assert isinstance(click, CardAction)
    assert (click.turn_id, click.action, click.words) == (card.out_track_id, action, words)
    assert (click.user_id, click.corp_id) == ("user0001", CORP_ID)
    name, value = seen
    assert card.seen_by("user0001")[name] == value
    assert name not in card.seen_by("user0002")


async def test_a_click_that_was_not_queued_changes_nothing(front: Front) -> None:
    await say(front)
    card = await front.card_of(front.queued[0])
    front.refuse = True

    push = await front.side.click(card, person=front.side.person("小明"), action_id="feedback_up")

    assert (push.error, push.body) == ("", "{}")
    assert "feedback" not in card.seen_by("user0001")
