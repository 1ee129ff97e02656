"""What every API call passes before it does anything: token, scope, rate, quota, and the faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from emulators.dingtalk import DingTalkSide, InProcess, RobotApp
from emulators.faults import FaultBoard

if TYPE_CHECKING:
    from emulators.tests.contract.dingtalk.conftest import Bot, Caller, Clock

SEND = "/v1.0/robot/groupMessages/send"
FORBIDDEN = "Forbidden.AccessDenied."


def message(side: DingTalkSide, robot: RobotApp) -> dict[str, Any]:
    return {
        "robotCode": robot.robot_code,
        "openConversationId": side.group().id,
        "msgKey": "sampleText",
        "msgParam": '{"content": "好"}',
    }


async def test_a_token_is_given_and_renewed(caller: Caller, clock: Clock) -> None:
    first = await caller.fetch_token()
    clock.now += 7199

    assert await caller.fetch_token() == first
    clock.now += 7200
    assert await caller.fetch_token() != first


async def test_the_token_call_tells_its_life(side: DingTalkSide, http: httpx.AsyncClient) -> None:
    credentials = {"appKey": "dingapp1", "appSecret": "secret-1"}
    answer = await http.post(f"{side.url}/v1.0/oauth2/accessToken", json=credentials)

    assert (answer.status_code, answer.json()["expireIn"]) == (200, 7200)


@pytest.mark.parametrize(
    "content",
    [
        b'{"appKey": "dingapp1", "appSecret": "secret-2"}',
        b'{"appKey": "unknown", "appSecret": ""}',
        b'{"appKey": ["dingapp1"], "appSecret": "secret-1"}',
        b"{}",
        b"[]",
        b"\xff",
    ],
)
async def test_wrong_credentials_get_no_token(
    side: DingTalkSide, http: httpx.AsyncClient, content: bytes
) -> None:
    answer = await http.post(f"{side.url}/v1.0/oauth2/accessToken", content=content)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalidClientIdOrSecret")


async def test_without_a_valid_token_nothing_happens(
    side: DingTalkSide, caller: Caller, robot: RobotApp
) -> None:
    caller.token = "made-up"
    answer = await caller("POST", SEND, message(side, robot))

    assert answer.status_code == 400
    assert answer.json().keys() == {"code", "requestid", "message"}
    assert answer.json()["code"] == "InvalidAuthentication"
    assert side.messages(side.group()) == []


async def test_a_token_expires(side: DingTalkSide, caller: Caller, robot: RobotApp, clock: Clock) -> None:
    await caller.fetch_token()
    clock.now += 7200

    assert (await caller("POST", SEND, message(side, robot))).json()["code"] == "InvalidAuthentication"


async def test_a_missing_scope_is_named(side: DingTalkSide, caller: Caller, robot: RobotApp) -> None:
    robot.scopes = robot.scopes - {"qyapi_robot_sendmsg"}
    answer = await caller("POST", SEND, message(side, robot))

    assert answer.status_code == 403
    assert answer.json()["code"] == FORBIDDEN + "AccessTokenPermissionDenied"
    assert answer.json()["accessdenieddetail"] == {"requiredScopes": ["qyapi_robot_sendmsg"]}


async def test_more_than_twenty_calls_a_second_are_refused_and_not_counted(
    side: DingTalkSide, caller: Caller, robot: RobotApp, clock: Clock
) -> None:
    answers = [await caller("POST", SEND, message(side, robot)) for _ in range(21)]

    assert {answer.status_code for answer in answers[:20]} == {200}
    assert answers[20].status_code == 403
    assert answers[20].json()["code"] == FORBIDDEN + "QpsLimitForAppkeyAndApi"
    assert side.quota.used == 20

    clock.now += 1
    assert (await caller("POST", SEND, message(side, robot))).status_code == 200


async def test_when_the_month_is_used_up_only_tokens_are_given(
    side: DingTalkSide, caller: Caller, robot: RobotApp
) -> None:
    side.quota.limit = 1
    codes = [(await caller("POST", SEND, message(side, robot))).status_code for _ in range(2)]
    refused = await caller("POST", SEND, message(side, robot))
    await caller.fetch_token()

    assert codes == [200, 403]
    assert refused.json()["code"] == FORBIDDEN + "ApiCountLimitForOrg"
    assert [call.counted for call in side.ledger.calls] == [False, True, False, False, False]


async def test_an_unknown_path_is_no_api(caller: Caller, side: DingTalkSide) -> None:
    answer = await caller("POST", "/v1.0/robot/groupMessage/send", {})

    assert answer.status_code == 404
    assert side.ledger.calls[-1].api == "POST /v1.0/robot/groupMessage/send"


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"a": "\\ud800"}', b"[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(
    side: DingTalkSide, caller: Caller, http: httpx.AsyncClient, content: bytes
) -> None:
    headers = {"x-acs-dingtalk-access-token": await caller.fetch_token()}
    answer = await http.post(side.url + SEND, content=content, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "param.invalid")


async def test_the_ledger_keeps_no_secret(caller: Caller, side: DingTalkSide) -> None:
    await caller.fetch_token()

    assert side.ledger.calls[0].summary == '{"appKey":"dingapp1","appSecret":"…"}'


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("dingtalk.error_500", 500, "system.busy"),
        ("dingtalk.qps", 403, FORBIDDEN + "QpsLimitForAppkeyAndApi"),
        ("dingtalk.token_expired", 400, "InvalidAuthentication"),
    ],
)
async def test_a_fault_strikes_once_and_does_nothing_else(
    side: DingTalkSide,
    caller: Caller,
    robot: RobotApp,
    faults: FaultBoard,
    fault: str,
    status: int,
    code: str,
) -> None:
    await caller.fetch_token()
    faults.switch_on(fault, count=1)
    answer = await caller("POST", SEND, message(side, robot))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert side.messages(side.group()) == []
    assert (side.ledger.calls[-1].status, side.ledger.calls[-1].code) == (status, code)

    await caller.fetch_token()
    assert (await caller("POST", SEND, message(side, robot))).status_code == 200


async def test_an_expired_token_is_not_given_again(
    caller: Caller, side: DingTalkSide, faults: FaultBoard
) -> None:
    old = await caller.fetch_token()
    faults.switch_on("dingtalk.token_expired", count=1)
    await caller("POST", SEND, {})

    assert await caller.fetch_token() != old


async def test_a_slow_call_takes_effect_when_it_is_through(
    robot: RobotApp, bot: Bot, clock: Clock, caller_of: type[Caller]
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if seconds:
            assert side.messages(side.group()) == []

    faults = FaultBoard()
    side = DingTalkSide(
        robots=[robot],
        faults=faults,
        clock=clock,
        sleep=sleep,
        in_process=InProcess("http://dingtalk.test", httpx.ASGITransport(bot)),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(side.app)) as http:
        caller = caller_of(side, http, robot)
        await caller.fetch_token()
        for value in ("1.5", ""):
            faults.switch_on("dingtalk.slow", value=value)
            await caller("POST", SEND, message(side, robot))
            side.group().entries.clear()
    await side.stop()

    assert slept == [0.0, 1.5, 3.0]
    assert [call.status for call in side.ledger.calls] == [200, 200, 200]


async def test_the_other_robot_has_its_own_token(
    side: DingTalkSide, caller: Caller, robot: RobotApp, http: httpx.AsyncClient, caller_of: type[Caller]
) -> None:
    other = caller_of(side, http, side.robot("hr"))
    answer = await other("POST", SEND, message(side, robot))

    assert other.token != await caller.fetch_token()
    assert answer.json()["code"] == "invalidParameter.robotCode.auth"
