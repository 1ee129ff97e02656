from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from emulators.dingtalk import CardState, DingTalkSide, InProcess, Person, RobotApp

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tests.contract.dingtalk.conftest import Bot, Caller, Clock

SHARED = "382e4302-551d-4880-bf29-a30acfab2e71.schema"


async def test_a_card_appears_in_the_group(side: DingTalkSide, caller: Caller) -> None:
    group = side.group()
    answer = await caller.create("turn-1", group.id)

    assert answer.status_code == 200
    result = answer.json()["result"]
    delivered = result["deliverResults"][0]
    assert (answer.json()["success"], result["outTrackId"]) == (True, "turn-1")
    assert delivered == {
        "spaceType": "IM_GROUP",
        "spaceId": group.id,
        "success": True,
        "carrierId": delivered["carrierId"],
        "errorMsg": "",
    }
    assert delivered["carrierId"]
    card = side.card("turn-1")
    assert side.cards(group) == [card]
    assert (card.conversation, card.state, card.text) == (group, CardState.PROCESSING, "")
    assert (card.question, card.at_user_ids) == ("住宿标准？", ("user0001",))


@pytest.mark.parametrize(("id_type", "person_id"), [(1, "user0002"), (2, "uni0002")])
async def test_a_card_appears_in_a_private_chat(
    side: DingTalkSide, caller: Caller, robot: RobotApp, id_type: int, person_id: str
) -> None:
    answer = await caller.create(
        "turn-1",
        "",
        userIdType=id_type,
        openSpaceId=f"dtv1.card//IM_ROBOT.{person_id}",
        imRobotOpenSpaceModel={"supportForward": True},
        imRobotOpenDeliverModel={"spaceType": "IM_ROBOT", "robotCode": robot.robot_code},
    )

    assert answer.json()["result"]["deliverResults"][0]["success"] is True
    assert side.card("turn-1").conversation is side.private(side.person("小红"), robot)


async def test_a_card_can_be_in_two_places(side: DingTalkSide, caller: Caller) -> None:
    group = side.group()
    answer = await caller.create(
        "turn-1",
        group.id,
        openSpaceId=f"dtv1.card//IM_GROUP.{group.id};dtv1.card//IM_ROBOT.user0001",
        imRobotOpenSpaceModel={"supportForward": True},
        imRobotOpenDeliverModel={"spaceType": "IM_ROBOT"},
    )

    kinds = [result["spaceType"] for result in answer.json()["result"]["deliverResults"]]
    assert kinds == ["IM_GROUP", "IM_ROBOT"]
    assert len(side.card("turn-1").conversations) == 2


async def test_a_group_without_the_robot_is_a_failed_delivery_under_http_200(
    side: DingTalkSide, caller: Caller
) -> None:
    elsewhere = side.add_group("别的群", side.people, [side.robot("hr")])
    for conversation_id in ("cidnowhere", elsewhere.id):
        answer = await caller.create(f"turn-{conversation_id}", conversation_id)
        delivered = answer.json()["result"]["deliverResults"][0]

        assert (answer.status_code, delivered["success"]) == (200, False)
        assert delivered["errorMsg"]
        assert side.card(f"turn-{conversation_id}").conversation is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"outTrackId": ""}, "param.outTrackIdEmpty"),
        ({"outTrackId": "t" * 101}, "param.invalid"),
        ({"outTrackId": 5}, "param.invalid"),
        ({"cardTemplateId": None}, "param.cardTemplateIdEmpty"),
        ({"cardTemplateId": "foreign.schema"}, "param.templateNotExist"),
        ({"openSpaceId": ""}, "param.openSpaceIdEmpty"),
        ({"openSpaceId": "dtv1.card//NOWHERE.1"}, "param.openSpaceIdInvalid"),
        ({"imGroupOpenSpaceModel": {}}, "param.openSpaceModelInvalid"),
        ({"imGroupOpenDeliverModel": {}}, "param.openDeliverModelEmpty"),
        ({"imGroupOpenDeliverModel": {"robotCode": "dingapp2"}}, "param.openDeliverModelError"),
        ({"userIdType": 3}, "param.invalid"),
        ({"userIdType": True}, "param.invalid"),
        ({"callbackType": "http"}, "param.invalid"),
        ({"cardData": {"cardParamMap": {"done": True}}}, "param.invalid"),
        ({"cardData": {"cardParamMap": {"flowStatus": "9"}}}, "param.invalid"),
        ({"cardData": []}, "param.invalid"),
        ({"privateData": {"user0099": {"cardParamMap": {"a": "b"}}}}, "param.userIdNotExist"),
    ],
)
async def test_a_wrong_field_is_refused_by_its_code(
    side: DingTalkSide, caller: Caller, change: dict[str, Any], code: str
) -> None:
    answer = await caller.create("turn-1", side.group().id, **change)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert side.cards(side.group()) == []


async def test_an_outsider_gets_no_private_card(side: DingTalkSide, caller: Caller) -> None:
    side.add_person(Person(nick="老王", union_id="uni0099"))
    answer = await caller.create(
        "turn-1",
        "",
        userIdType=2,
        openSpaceId="dtv1.card//IM_ROBOT.uni0099",
        imRobotOpenSpaceModel={"supportForward": True},
        imRobotOpenDeliverModel={"spaceType": "IM_ROBOT"},
    )

    assert answer.json()["code"] == "param.userIdNotExist"


async def test_an_out_track_id_is_good_for_one_card(side: DingTalkSide, caller: Caller) -> None:
    await caller.create("turn-1", side.group().id)
    answer = await caller.create("turn-1", side.group().id)

    assert (answer.status_code, answer.json()["code"]) == (400, "param.cardAlreadyExist")
    assert len(side.cards(side.group())) == 1


async def test_a_stream_callback_in_a_group_is_refused_while_no_connection_is_up(
    side: DingTalkSide, caller: Caller
) -> None:
    answer = await caller.create("turn-1", side.group().id, callbackType="STREAM")

    assert (answer.status_code, answer.json()["code"]) == (400, "param.invalid")
    assert side.cards(side.group()) == []


async def test_a_card_is_streamed_to_its_end(side: DingTalkSide, caller: Caller, clock: Clock) -> None:
    await caller.create("turn-1", side.group().id)
    for guid, text in (("g1", "一"), ("g2", "一二")):
        clock.now += 1
        answer = await caller.stream("turn-1", text, guid)
        assert answer.json() == {"success": True, "result": True}
        assert side.card("turn-1").state is CardState.INPUTING
    clock.now += 1
    await caller.stream("turn-1", "一二三", "g3", isFinalize=True)

    card = side.card("turn-1")
    assert (card.state, card.text, card.closed) == (CardState.FINISHED, "一二三", True)
    assert [(frame.at - card.created_at, frame.kind, frame.text) for frame in card.frames] == [
        (1, "text", "一"),
        (2, "text", "一二"),
        (3, "finalize", "一二三"),
    ]
    assert [call.conversation_id for call in side.ledger.calls_for("turn-1")] == [side.group().id] * 4
    assert side.ledger.violations == []


async def test_the_shared_template_streams_its_own_variable(side: DingTalkSide, caller: Caller) -> None:
    await caller.create("turn-1", side.group().id, cardTemplateId=SHARED, cardData={"cardParamMap": {}})

    assert (await caller.stream("turn-1", "一", "g1")).json()["code"] == "param.invalid"
    assert (await caller.stream("turn-1", "一", "g2", key="msgContent")).status_code == 200
    assert side.card("turn-1").text == "一"


async def test_an_error_frame_fails_the_card(side: DingTalkSide, caller: Caller) -> None:
    await caller.create("turn-1", side.group().id)
    await caller.stream("turn-1", "出错了", "g1", isError=True)

    assert side.card("turn-1").state is CardState.FAILED


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"outTrackId": "turn-2"}, "param.stream.outTrackId"),
        ({"outTrackId": None}, "param.stream.outTrackId"),
        ({"guid": ""}, "param.stream.guidEmpty"),
        ({"key": ""}, "param.stream.keyEmpty"),
        ({"key": "question"}, "param.invalid"),
        ({"content": ""}, "param.stream.contentEmpty"),
        ({"isFull": False}, "param.stream.isFull"),
        ({"isFull": None}, "param.stream.isFull"),
        ({"isFinalize": "true"}, "param.invalid"),
        ({"content": "字" * 40_000}, "param.stream.content"),
    ],
)
async def test_a_wrong_frame_is_refused_by_its_code(
    side: DingTalkSide, caller: Caller, change: dict[str, Any], code: str
) -> None:
    await caller.create("turn-1", side.group().id)
    body = {"outTrackId": "turn-1", "guid": "g1", "key": "content", "content": "一", "isFull": True, **change}
    answer = await caller("PUT", "/v1.0/card/streaming", body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert side.card("turn-1").frames == []


async def test_another_apps_card_does_not_exist(
    side: DingTalkSide, caller: Caller, http: httpx.AsyncClient, caller_of: type[Caller]
) -> None:
    await caller.create("turn-1", side.group().id)
    other = caller_of(side, http, side.robot("hr"))
    update = {"outTrackId": "turn-1", "cardData": {"cardParamMap": {"content": "二"}}}

    assert (await other.stream("turn-1", "一", "g1")).json()["code"] == "param.stream.outTrackId"
    assert (await other("PUT", "/v1.0/card/instances", update)).json()["code"] == "param.cardNotExist"


async def test_a_repeated_guid_is_a_success_without_effect(side: DingTalkSide, caller: Caller) -> None:
    await caller.create("turn-1", side.group().id)
    await caller.stream("turn-1", "一", "g1")
    await caller.stream("turn-1", "一二", "g2")
    answer = await caller.stream("turn-1", "一", "g1")

    assert answer.json() == {"success": True, "result": True}
    assert side.card("turn-1").text == "一二"
    assert len(side.card("turn-1").frames) == 2
    assert side.ledger.violations == []


async def test_a_frame_for_a_closed_card_is_taken_and_noted(side: DingTalkSide, caller: Caller) -> None:
    await caller.create("turn-1", side.group().id)
    await caller.stream("turn-1", "完", "g1", isFinalize=True)
    answer = await caller.stream("turn-1", "晚", "g2")

    assert answer.json() == {"success": True, "result": True}
    assert side.card("turn-1").text == "完"
    assert [violation.rule for violation in side.ledger.violations] == [
        "the card is already FINISHED; a text frame came after it"
    ]


async def test_frames_sent_side_by_side_are_seen(
    robot: RobotApp, bot: Bot, faults: FaultBoard, clock: Clock, caller_of: type[Caller]
) -> None:
    both = asyncio.Event()
    waiting: list[float] = []

    async def sleep(seconds: float) -> None:
        if seconds:
            waiting.append(seconds)
            if len(waiting) == 2:
                both.set()
            await both.wait()

    side = DingTalkSide(
        robots=[robot],
        faults=faults,
        clock=clock,
        sleep=sleep,
        in_process=InProcess("http://dingtalk.test", httpx.ASGITransport(bot)),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(side.app)) as http:
        caller = caller_of(side, http, robot)
        await caller.create("turn-1", side.group().id)
        faults.switch_on("dingtalk.slow", value="1")
        await asyncio.gather(caller.stream("turn-1", "一", "g1"), caller.stream("turn-1", "一二", "g2"))
    await side.stop()

    assert side.ledger.most_in_flight("turn-1") == 2
    assert [frame.in_flight for frame in side.card("turn-1").frames] == [2, 1]
    assert len(side.ledger.violations) == 1


async def test_an_update_overwrites_unless_told_to_go_by_key(side: DingTalkSide, caller: Caller) -> None:
    await caller.create("turn-1", side.group().id)
    update: dict[str, Any] = {
        "outTrackId": "turn-1",
        "cardData": {"cardParamMap": {"content": "一", "flowStatus": "3"}},
        "privateData": {"user0001": {"cardParamMap": {"likeStatus": "like"}}},
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
    }
    answer = await caller("PUT", "/v1.0/card/instances", update)

    card = side.card("turn-1")
    assert answer.json() == {"success": True, "result": True}
    assert card.variables == {"content": "一", "question": "住宿标准？", "flowStatus": "3"}
    assert card.seen_by("user0001")["likeStatus"] == "like"
    assert (card.state, [frame.kind for frame in card.frames]) == (CardState.FINISHED, ["update"])

    await caller("PUT", "/v1.0/card/instances", {**update, "cardUpdateOptions": {}})
    assert card.variables == {"content": "一", "flowStatus": "3"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "param.outTrackIdEmpty"),
        ({"outTrackId": "turn-2", "cardData": {"cardParamMap": {"a": "b"}}}, "param.cardNotExist"),
        ({"outTrackId": "turn-1"}, "param.cardDataAndPrivateDataBothEmpty"),
        (
            {"outTrackId": "turn-1", "privateData": {"user0099": {"cardParamMap": {"a": "b"}}}},
            "param.userIdNotExist",
        ),
        ({"outTrackId": "turn-1", "cardData": {"cardParamMap": {"a": 1}}}, "param.invalid"),
    ],
)
async def test_a_wrong_update_is_refused_by_its_code(
    side: DingTalkSide, caller: Caller, body: dict[str, Any], code: str
) -> None:
    await caller.create("turn-1", side.group().id)
    answer = await caller("PUT", "/v1.0/card/instances", body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_callback_keeps_its_address_until_forced(caller: Caller) -> None:
    path = "/v1.0/card/callbacks/register"
    first = {"callbackRouteKey": "prod", "callbackUrl": "http://127.0.0.1:1/a", "apiSecret": "s1"}
    second = {"callbackRouteKey": "prod", "callbackUrl": "http://127.0.0.1:1/b", "apiSecret": "s2"}

    results = [
        (await caller("POST", path, body)).json()["result"]
        for body in (first, second, {**second, "forceUpdate": True})
    ]

    assert [(result["callbackUrl"][-1], result["apiSecret"]) for result in results] == [
        ("a", "s1"),
        ("a", "s1"),
        ("b", "s2"),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"callbackUrl": "http://127.0.0.1:1/a"}, "param.callbackRouteKeyEmpty"),
        ({"callbackRouteKey": "prod"}, "param.callbackUrlEmpty"),
    ],
)
async def test_a_callback_needs_key_and_address(caller: Caller, body: dict[str, Any], code: str) -> None:
    assert (await caller("POST", "/v1.0/card/callbacks/register", body)).json()["code"] == code


async def test_card_faults_refuse_or_lose_the_card(
    side: DingTalkSide, caller: Caller, faults: FaultBoard
) -> None:
    faults.switch_on("dingtalk.card_refused", count=1)
    refused = await caller.create("turn-1", side.group().id)
    assert refused.status_code == 403
    assert refused.json()["accessdenieddetail"] == {"requiredScopes": ["Card.Instance.Write"]}

    faults.switch_on("dingtalk.card_undelivered", count=1)
    undelivered = await caller.create("turn-2", side.group().id)
    assert undelivered.status_code == 200
    assert undelivered.json()["result"]["deliverResults"][0]["success"] is False
    assert side.cards(side.group()) == []

    # The instance exists nevertheless: its id is taken.
    again = await caller.create("turn-2", side.group().id)
    assert again.json()["code"] == "param.cardAlreadyExist"

    faults.switch_on("dingtalk.streaming_refused", count=1)
    frame = await caller.stream("turn-2", "一", "g1")
    assert frame.json()["accessdenieddetail"] == {"requiredScopes": ["Card.Streaming.Write"]}
