from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from emulators.dingtalk import DingTalkSide, RobotApp
    from emulators.faults import FaultBoard
    from emulators.tests.contract.dingtalk.conftest import Bot, Caller, Clock

GROUP_SEND = "/v1.0/robot/groupMessages/send"
BATCH_SEND = "/v1.0/robot/oToMessages/batchSend"
MARKDOWN = json.dumps({"title": "差旅", "text": "**450 元**"})


async def test_a_group_message_is_shown(side: DingTalkSide, caller: Caller, robot: RobotApp) -> None:
    body = {
        "robotCode": "dingapp1",
        "openConversationId": side.group().id,
        "msgKey": "sampleMarkdown",
        "msgParam": MARKDOWN,
    }
    answer = await caller("POST", GROUP_SEND, body)

    assert answer.json()["processQueryKey"]
    (message,) = side.messages(side.group())
    assert (message.text, message.kind, message.via) == ("**450 元**", "sampleMarkdown", "openapi")
    assert message.sender is robot


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"robotCode": ""}, "invalidParameter.robotCode.empty"),
        ({"robotCode": "dingapp2"}, "invalidParameter.robotCode.auth"),
        ({"openConversationId": None}, "miss.openConversationId"),
        ({"openConversationId": "cidnowhere"}, "invalid.openConversationId"),
        ({"msgKey": "sampleSong"}, "invalidParameter.msgKey.invalid"),
        ({"msgKey": None}, "invalidParameter.msgKey.invalid"),
        ({"msgParam": "好"}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": '{"title": "只有标题"}'}, "invalidParameter.msgParam.invalid"),
        (
            {"msgParam": json.dumps({"title": "t", "text": "字" * 5000}, ensure_ascii=False)},
            "invalidParameter.msgParam.tooLong",
        ),
        ({"msgParam": {"title": "t", "text": "x"}}, "param.invalid"),
    ],
)
async def test_a_wrong_group_message_is_refused_by_its_code(
    side: DingTalkSide, caller: Caller, change: dict[str, Any], code: str
) -> None:
    body = {
        "robotCode": "dingapp1",
        "openConversationId": side.group().id,
        "msgKey": "sampleMarkdown",
        "msgParam": MARKDOWN,
        **change,
    }
    answer = await caller("POST", GROUP_SEND, body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert side.messages(side.group()) == []


async def test_people_are_written_to_and_strangers_listed(
    side: DingTalkSide, caller: Caller, robot: RobotApp
) -> None:
    body = {
        "robotCode": "dingapp1",
        "userIds": ["user0001", "user0099", "user0002"],
        "msgKey": "sampleMarkdown",
        "msgParam": MARKDOWN,
    }
    answer = (await caller("POST", BATCH_SEND, body)).json()

    assert answer.pop("processQueryKey")
    assert answer == {"invalidStaffIdList": ["user0099"], "flowControlledStaffIdList": []}
    for name in ("小明", "小红"):
        (message,) = side.private(side.person(name), robot).messages
        assert message.text == "**450 元**"


async def test_a_flow_controlled_message_is_a_success_that_reached_nobody(
    side: DingTalkSide, caller: Caller, robot: RobotApp, faults: FaultBoard
) -> None:
    faults.switch_on("dingtalk.flow_controlled", count=1)
    body = {
        "robotCode": "dingapp1",
        "userIds": ["user0001"],
        "msgKey": "sampleMarkdown",
        "msgParam": MARKDOWN,
    }
    answer = await caller("POST", BATCH_SEND, body)

    assert (answer.status_code, answer.json()["flowControlledStaffIdList"]) == (200, ["user0001"])
    assert side.private(side.person("小明"), robot).messages == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"userIds": ["user0001"] * 21}, "invalidParameter.userIds.overMax"),
        ({"userIds": []}, "staffId.notExisted"),
        ({"userIds": "user0001"}, "param.invalid"),
        ({"robotCode": "dingapp2"}, "invalidParameter.robotCode.auth"),
        ({"msgParam": "{}"}, "invalidParameter.msgParam.invalid"),
    ],
)
async def test_a_wrong_private_message_is_refused_by_its_code(
    caller: Caller, change: dict[str, Any], code: str
) -> None:
    body = {
        "robotCode": "dingapp1",
        "userIds": ["user0001"],
        "msgKey": "sampleMarkdown",
        "msgParam": MARKDOWN,
        **change,
    }

    assert (await caller("POST", BATCH_SEND, body)).json()["code"] == code


async def test_an_emotion_comes_and_goes(side: DingTalkSide, caller: Caller, bot: Bot) -> None:
    group = side.group()
    outcome = await side.say(
        person=side.person("小明"), conversation=group, text="在吗", robot=side.robot("travel")
    )
    body = {
        "robotCode": "dingapp1",
        "openConversationId": group.id,
        "openMsgId": outcome.message.id,
        "emotionType": 2,
        "emotionName": "🤔思考中",
    }

    for _ in range(2):
        assert (await caller("POST", "/v1.0/robot/emotion/reply", body)).json() == {"success": True}
    assert outcome.message.reactions == ["🤔思考中"]
    for _ in range(2):
        assert (await caller("POST", "/v1.0/robot/emotion/recall", body)).json() == {"success": True}
    assert outcome.message.reactions == []

    elsewhere = {**body, "openConversationId": "cidnowhere"}
    answer = await caller("POST", "/v1.0/robot/emotion/reply", elsewhere)
    assert answer.json()["code"] == "resource.unavailable"


async def webhook_of(side: DingTalkSide, bot: Bot) -> str:
    await side.say(
        person=side.person("小明"), conversation=side.group(), text="在吗", robot=side.robot("travel")
    )
    return str(bot.bodies[0]["sessionWebhook"])


async def test_a_session_webhook_speaks_in_its_conversation(
    side: DingTalkSide, bot: Bot, http: httpx.AsyncClient
) -> None:
    url = await webhook_of(side, bot)
    body = {
        "msgtype": "markdown",
        "markdown": {"title": "差旅", "text": "@user0001 450 元"},
        "at": {"atUserIds": ["user0001"]},
    }
    answer = await http.post(url, json=body)

    assert answer.json() == {"errcode": 0, "errmsg": "ok"}
    message = side.messages(side.group())[-1]
    assert (message.text, message.via) == ("@user0001 450 元", "session_webhook")
    assert message.at_user_ids == ("user0001",)
    call = side.ledger.calls[-1]
    assert (call.api, call.app, call.conversation_id, call.counted) == (
        "POST /robot/sendBySession",
        "travel",
        side.group().id,
        False,
    )


async def test_an_empty_session_message_says_nothing(
    side: DingTalkSide, bot: Bot, http: httpx.AsyncClient
) -> None:
    answer = await http.post(await webhook_of(side, bot), json={"msgtype": "empty"})

    assert answer.json()["errcode"] == 0
    assert len(side.messages(side.group())) == 1


@pytest.mark.parametrize(
    ("content", "content_type", "errcode"),
    [
        (b'{"msgtype": "text", "text": {"content": ""}}', "application/json", 40035),
        (b"", "application/json", 40035),
        (b"\xff", "application/json", 40035),
        (b'{"msgtype": "card"}', "application/json", 400105),
        (b'{"msgtype": "text", "text": {"content": "x"}}', "text/plain", 43004),
        (b'{"msgtype": "text", "text": {"content": "' + b"x" * 20_000 + b'"}}', "application/json", 460101),
    ],
)
async def test_a_wrong_session_message_is_refused_under_http_200(
    side: DingTalkSide,
    bot: Bot,
    http: httpx.AsyncClient,
    content: bytes,
    content_type: str,
    errcode: int,
) -> None:
    url = await webhook_of(side, bot)
    answer = await http.post(url, content=content, headers={"content-type": content_type})

    assert (answer.status_code, answer.json()["errcode"]) == (200, errcode)
    assert len(side.messages(side.group())) == 1
    assert side.ledger.calls[-1].code == str(errcode)


async def test_a_body_of_exactly_the_limit_is_taken(
    side: DingTalkSide, bot: Bot, http: httpx.AsyncClient
) -> None:
    frame = b'{"msgtype":"text","text":{"content":"%s"}}'
    content = frame % (b"x" * (20_000 - len(frame) + 2))
    answer = await http.post(
        await webhook_of(side, bot), content=content, headers={"content-type": "application/json"}
    )

    assert len(content) == 20_000
    assert answer.json()["errcode"] == 0


async def test_an_unknown_or_expired_session_does_not_exist(
    side: DingTalkSide, bot: Bot, http: httpx.AsyncClient, clock: Clock, faults: FaultBoard
) -> None:
    url = await webhook_of(side, bot)
    body = {"msgtype": "text", "text": {"content": "好"}}
    gone = {"errcode": 300001, "errmsg": "session 不存在"}

    async def answer(to: str) -> dict[str, Any]:
        got = (await http.post(to, json=body)).json()
        return {key: got[key] for key in ("errcode", "errmsg")}

    assert await answer(url + "x") == gone
    assert await answer(f"{side.url}/robot/sendBySession") == gone
    faults.switch_on("dingtalk.webhook_expired", count=1)
    assert await answer(url) == gone
    assert (await answer(url))["errcode"] == 0
    clock.now += 5_400
    assert await answer(url) == gone


async def test_a_busy_webhook_says_so_in_its_errcode(
    side: DingTalkSide, bot: Bot, http: httpx.AsyncClient, faults: FaultBoard
) -> None:
    url = await webhook_of(side, bot)
    faults.switch_on("dingtalk.error_500", count=1)
    answer = await http.post(url, json={"msgtype": "text", "text": {"content": "好"}})

    assert (answer.status_code, answer.json()["errcode"]) == (200, -1)
