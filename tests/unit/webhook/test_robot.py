"""What the robot's address answers, and what it queues."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag_on_dingtalk.dingtalk.signature import robot_sign
from rag_on_dingtalk.models.jobs import Notice
from rag_on_dingtalk.settings.bot_base import BotBase
from tests.unit.webhook.edge import (
    CLIENT_ID,
    CORP_ID,
    MISSING,
    NEXT_SECRET,
    NOW_MS,
    SAY_NOTHING,
    SECRET,
    UNAUTHORIZED,
    Edge,
    app,
    message,
    robot_push,
    sealed,
)


@pytest.fixture
def edge() -> Edge:
    return Edge()


def test_a_signed_question_is_queued_and_nothing_is_said(edge: Edge) -> None:
    assert edge.send(robot_push(message())) == (200, SAY_NOTHING)

    (question,) = edge.queued
    assert (question.bot, question.text) == ("handbook", "最新的差旅报销标准是什么？")


def test_the_log_names_the_turn_and_not_the_question(edge: Edge) -> None:
    edge.send(robot_push(message()))

    ((what, fields),) = edge.lines
    assert (what, fields["turn_id"]) == ("queued", edge.queued[0].turn_id)
    assert "差旅" not in str(fields)


@pytest.mark.parametrize(
    "event",
    [
        "robot_rich_text",
        "robot_audio",
        "robot_picture",
        "robot_file",
        "robot_video",
        "robot_unknown",
        "robot_quote",
        "robot_text_group",
    ],
)
def test_every_kind_of_message_is_queued(edge: Edge, event: str) -> None:
    assert edge.send(robot_push(message(event))) == (200, SAY_NOTHING)
    assert len(edge.queued) == 1


ROBOT = "$:LWCP_v1:$exampleBot"
OTHERS = [{"dingtalkId": "$:LWCP_v1:$other", "staffId": "user0002"}]


@pytest.mark.parametrize(
    "changed",
    [
        {"isInAtList": False, "atUsers": []},
        {"isInAtList": False},
        {"isInAtList": "false", "atUsers": OTHERS},
        {"isInAtList": 0},
        {"isInAtList": False, "atUsers": OTHERS, "conversationType": 2},
        {"isInAtList": None, "atUsers": OTHERS},
        {"isInAtList": False, "text": {"content": "/new"}},
        {"isInAtList": False, "msgtype": "picture", "content": {"downloadCode": "dc"}},
        {
            "isInAtList": False,
            "text": {"content": "好", "isReplyMsg": True, "repliedMsg": {"senderId": ROBOT}},
        },
        {"senderId": ROBOT},
        {"senderId": ROBOT, "isInAtList": True},
        {"senderId": ROBOT, "conversationType": "1"},
    ],
)
def test_nothing_is_said_to_what_was_not_said_to_the_bot(edge: Edge, changed: dict[str, Any]) -> None:
    assert edge.send(robot_push(changed_message(changed))) == (200, SAY_NOTHING)

    assert edge.queued == []


@pytest.mark.parametrize(
    "changed",
    [
        {"isInAtList": True, "atUsers": []},
        {"isInAtList": "true"},
        {"isInAtList": None, "atUsers": [*OTHERS, {"dingtalkId": ROBOT}]},
        {"isInAtList": None, "atUsers": [*OTHERS, {"dingtalkId": "$:LWCP_v1:$unknown"}]},
        {"isInAtList": None, "atUsers": []},
        {"isInAtList": None, "atUsers": None},
        {"isInAtList": None, "atUsers": OTHERS, "chatbotUserId": None},
        {"isInAtList": False, "conversationType": "1"},
        {"isInAtList": False, "conversationType": 1},
    ],
)
def test_what_may_be_meant_for_the_bot_is_queued(edge: Edge, changed: dict[str, Any]) -> None:
    assert edge.send(robot_push(changed_message(changed))) == (200, SAY_NOTHING)

    assert len(edge.queued) == 1


def changed_message(changed: dict[str, Any]) -> str:
    """A group message with other fields; None takes a field out."""
    body = json.loads(message("robot_text_group")) | changed
    return json.dumps({key: value for key, value in body.items() if value is not None}, ensure_ascii=False)


def test_the_bots_name_is_no_part_of_the_question() -> None:
    edge = Edge(bots={"handbook": BotBase(dingtalk=app(), title="制度小助手")})

    edge.send(robot_push(changed_message({"text": {"content": "@制度小助手 几号发工资？"}})))

    assert edge.queued[0].text == "几号发工资？"


def test_a_base64_body_is_the_same_message(edge: Edge) -> None:
    assert edge.send(robot_push(message().encode())) == (200, SAY_NOTHING)
    assert len(edge.queued) == 1


def test_the_base64_flag_may_come_as_a_string(edge: Edge) -> None:
    assert edge.send(robot_push(message().encode()) | {"isBase64Encoded": "true"}) == (200, SAY_NOTHING)


@pytest.mark.parametrize(
    ("bot", "sentence"),
    [
        ("handbook", "系统繁忙，没有收下你的问题，请稍后再发一次。"),
        ("english", "The system is busy and did not take your question. Please send it again shortly."),
        ("worded", "稍等再来。"),
    ],
)
def test_when_queueing_fails_the_person_is_told_in_the_bots_words(
    edge: Edge, bot: str, sentence: str
) -> None:
    edge.refuse = True

    answer = edge.send(robot_push(message(), f"/robot/{bot}"))

    assert answer == (200, {"msgtype": "text", "text": {"content": sentence}})
    assert edge.lines[0][0] == "not_queued"


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET])
def test_while_the_secret_is_changed_both_are_accepted(edge: Edge, secret: str) -> None:
    assert edge.send(robot_push(message(), "/robot/rotating", secret=secret)) == (200, SAY_NOTHING)
    assert len(edge.queued) == 1


@pytest.mark.parametrize(
    ("reason", "event"),
    [
        ("signature", robot_push(message(), secret="another secret")),
        ("signature", robot_push(message(), secret=NEXT_SECRET)),
        ("signature", robot_push(message(), sign="ungültig")),
        ("signature", robot_push(message(), sign=robot_sign(str(NOW_MS - 1), SECRET))),
        ("unsigned", robot_push(message(), sign="")),
        ("unsigned", robot_push(message(), timestamp="")),
        ("stale", robot_push(message(), timestamp=str(NOW_MS - 3_600_001))),
        ("stale", robot_push(message(), timestamp=str(NOW_MS + 300_001))),
        ("stale", robot_push(message(), timestamp="soon")),
        ("secret_missing", robot_push(message(), "/robot/unfinished")),
        ("other_organisation", robot_push(message(chatbotCorpId="dingothercorp0001"))),
        ("other_organisation", robot_push(message(chatbotCorpId="\ud83d").replace("\ud83d", "\\ud83d"))),
        ("other_robot", robot_push(message(robotCode="dingexample0appkey99"))),
        ("old_message", robot_push(message(createAt=NOW_MS - 600_001))),
        ("old_message", robot_push(message(createAt=str(NOW_MS - 600_001)))),
        ("not_encrypted", robot_push(message(), "/robot/only-sealed")),
    ],
)
def test_what_is_not_dingtalks_or_not_ours_learns_nothing_and_changes_nothing(
    edge: Edge, reason: str, event: dict[str, Any]
) -> None:
    assert edge.send(event) == (401, UNAUTHORIZED)
    assert (edge.queued, edge.reasons) == ([], [reason])


def test_a_bot_without_a_secret_cannot_be_opened_with_an_empty_one(edge: Edge) -> None:
    event = robot_push(message(), "/robot/unfinished", secret="")

    assert edge.send(event) == (401, UNAUTHORIZED)


def test_a_bot_opens_when_its_secret_arrives(edge: Edge) -> None:
    event = robot_push(message(), "/robot/unfinished")
    edge.send(event)
    edge.send(event)
    edge.environ[MISSING] = SECRET

    assert edge.send(event) == (200, SAY_NOTHING)
    assert [what for what, _ in edge.lines] == ["bot_closed", "refused", "refused", "bot_opened", "queued"]


@pytest.mark.parametrize(
    "changes",
    [
        {"robotCode": CLIENT_ID},
        {"robotCode": "normal"},
        {"robotCode": ""},
        {"robotCode": None},
        {"robotCode": 7},
        {"robotCode": "ding-placeholder-0001"},
        {"chatbotCorpId": CORP_ID},
        {"chatbotCorpId": None},
        {"createAt": NOW_MS - 600_000},
        {"createAt": None},
    ],
)
def test_an_id_that_is_missing_or_a_placeholder_costs_nothing(edge: Edge, changes: dict[str, Any]) -> None:
    assert edge.send(robot_push(message(**changes))) == (200, SAY_NOTHING)


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[1, 2]",
        "[" * 20_000,
        message(msgId=""),
        b"\xff\xfe",
        json.dumps({"encrypt": "x"}),
        "1" * 5_000,
    ],
)
def test_what_is_no_message_is_refused_and_changes_nothing(edge: Edge, body: str | bytes) -> None:
    assert edge.send(robot_push(body)) == (400, {"error": "bad request"})
    assert edge.queued == []


def test_half_an_emoji_does_not_cost_the_question(edge: Edge) -> None:
    assert edge.send(robot_push(message().replace("标准", "\\ud83d标准")))[0] == 200
    assert len(edge.queued) == 1


@pytest.mark.parametrize("code", ["20001", 20001])
def test_when_the_quota_is_gone_the_administrators_are_told(edge: Edge, code: object) -> None:
    assert edge.send(robot_push(message("robot_quota_used_up", errorCode=code))) == (200, SAY_NOTHING)
    assert edge.queued == [Notice(bot="handbook", kind="push_quota", noticed_ms=NOW_MS)]
    assert ("push_error", {"level": "ERROR", "bot": "handbook", "code": "20001"}) in edge.lines


def test_another_error_is_logged_only(edge: Edge) -> None:
    assert edge.send(robot_push(message("robot_quota_used_up", errorCode="50001"))) == (200, SAY_NOTHING)
    assert edge.queued == []
    assert [what for what, _ in edge.lines] == ["push_error"]


def test_a_message_with_words_is_a_message_whatever_its_error_code_says(edge: Edge) -> None:
    edge.send(robot_push(message(errorCode="0")))

    assert edge.queued[0].text == "最新的差旅报销标准是什么？"


def test_when_not_even_the_notice_can_be_queued_nothing_is_said(edge: Edge) -> None:
    edge.refuse = True

    assert edge.send(robot_push(message("robot_quota_used_up"))) == (200, SAY_NOTHING)


@pytest.mark.parametrize("bot", ["sealed", "only-sealed"])
@pytest.mark.parametrize("owner", [CLIENT_ID])
def test_a_message_in_an_envelope_is_opened(edge: Edge, bot: str, owner: str) -> None:
    body = json.dumps({"encrypt": sealed(message(), owner=owner)})

    assert edge.send(robot_push(body, f"/robot/{bot}")) == (200, SAY_NOTHING)
    assert edge.queued[0].text == "最新的差旅报销标准是什么？"


def test_with_a_key_plain_messages_are_still_taken(edge: Edge) -> None:
    assert edge.send(robot_push(message(), "/robot/sealed")) == (200, SAY_NOTHING)


def test_an_envelope_for_another_owner_is_refused_and_the_log_says_for_whom(edge: Edge) -> None:
    body = json.dumps({"encrypt": sealed(message(), owner="dingexample0appkey02")})

    assert edge.send(robot_push(body, "/robot/sealed")) == (401, UNAUTHORIZED)
    ((_, fields),) = edge.lines
    assert (fields["reason"], fields["expected"], fields["found"]) == (
        "owner",
        CLIENT_ID,
        "dingexample0appkey02",
    )


@pytest.mark.parametrize("broken", ["", "AAAA", "no base64!", "A" * 64])
def test_an_envelope_that_does_not_open_is_refused(edge: Edge, broken: str) -> None:
    assert edge.send(robot_push(json.dumps({"encrypt": broken}), "/robot/sealed")) == (401, UNAUTHORIZED)
    assert edge.reasons == ["envelope"]
