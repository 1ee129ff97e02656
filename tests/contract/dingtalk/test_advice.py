"""What our calls' errors say when DingTalk's side refuses them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio

from emulators.dingtalk import DingTalkSide, RobotApp
from emulators.faults import FaultBoard
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.dingtalk.outbound.broadcast import send_to_people
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate
from tests.builders import an_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

OURS = CardTemplate(id="ours.schema", variable="content", buttons=True)
SECRET = "secret"


class Caller:
    """Our calls to one DingTalk."""

    def __init__(self, side: DingTalkSide, faults: FaultBoard, http: httpx.AsyncClient) -> None:
        self.side = side
        self.faults = faults
        self._http = http

    def api(self, client_secret: str = SECRET) -> OpenApi:
        return an_api(self._http, self.side.url, secret=client_secret)

    def cards(self, template: CardTemplate = OURS, robot_code: str = "ding1") -> Cards:
        return Cards(
            api=self.api(),
            robot_code=robot_code,
            template=template,
            callback_route="",
            frame_id=lambda: "frame",
        )

    def question(self, **changes: Any) -> Question:
        group = self.side.group()
        asker = group.people[0]
        asked: dict[str, Any] = {
            "turn_id": "t1",
            "bot": "handbook",
            "message_id": "m1",
            "text": "年假有几天？",
            "message_type": "text",
            "sender": Sender(asker.sender_id, asker.staff_id, asker.nick),
            "conversation": Conversation(group.id, ConversationType.GROUP),
            "asked_ms": 0,
        }
        return Question(**{**asked, **changes})

    async def create(self, cards: Cards, **changes: Any) -> None:
        await cards.create(self.question(**changes), summary="正在查询…")


@asynccontextmanager
async def calling(monthly_calls: int | None = None) -> AsyncIterator[Caller]:
    robot = RobotApp("handbook", "ding1", SECRET, card_templates={OURS.id: OURS.variable})
    faults = FaultBoard()
    side = DingTalkSide(robots=[robot], faults=faults, qps=None, monthly_calls=monthly_calls)
    await side.start()
    async with httpx.AsyncClient(verify=trust()) as http:
        yield Caller(side, faults, http)
    await side.stop()


@pytest_asyncio.fixture
async def caller() -> AsyncIterator[Caller]:
    async with calling() as caller:
        yield caller


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("dingtalk.card_refused", "The app lacks Card.Instance.Write: request it"),
        ("dingtalk.template_missing", "Import the card template of infra/dingtalk"),
        ("dingtalk.ip_refused", "Empty 服务器出口IP"),
        ("dingtalk.qps", r"set dingtalk\.budget\.calls_per_second"),
    ],
)
async def test_a_card_that_is_refused_says_what_to_do(caller: Caller, fault: str, said: str) -> None:
    caller.faults.switch_on(fault)

    with pytest.raises(DingTalkError, match=said):
        await caller.create(caller.cards())


async def test_streaming_has_a_scope_of_its_own(caller: Caller) -> None:
    cards = caller.cards()
    await caller.create(cards)
    caller.faults.switch_on("dingtalk.streaming_refused")

    with pytest.raises(DingTalkError, match=r"The app lacks Card\.Streaming\.Write: request it"):
        await cards.show("t1", lambda: "五")


async def test_a_variable_that_the_template_does_not_stream_is_named(caller: Caller) -> None:
    cards = caller.cards(CardTemplate(id=OURS.id, variable="another"))
    await caller.create(cards)

    with pytest.raises(DingTalkError, match="流式组件"):
        await cards.show("t1", lambda: "五")


async def test_a_frame_for_no_card_says_where_to_look(caller: Caller) -> None:
    with pytest.raises(DingTalkError, match="no such card"):
        await caller.cards().show("nobody's", lambda: "五")


async def test_the_wrong_robot_cannot_deliver(caller: Caller) -> None:
    with pytest.raises(DingTalkError, match=r"openDeliverModelError.*Check dingtalk\.robot_code"):
        await caller.create(caller.cards(robot_code="ding2"))


async def test_a_person_of_another_organisation_gets_no_card(caller: Caller) -> None:
    stranger = Sender("stranger", "stranger", "老王")

    with pytest.raises(DingTalkError, match=r"userIdNotExist.*dingtalk\.corp_id"):
        await caller.create(
            caller.cards(), sender=stranger, conversation=Conversation("cid1", ConversationType.ONE_TO_ONE)
        )


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("dingtalk.sending_refused", "The app lacks qyapi_robot_sendmsg: request it"),
        ("dingtalk.robot_code_refused", "copy the RobotCode from 应用能力 > 机器人"),
    ],
)
async def test_a_message_that_is_refused_says_what_to_do(caller: Caller, fault: str, said: str) -> None:
    caller.faults.switch_on(fault)

    with pytest.raises(DingTalkError, match=said):
        await send_to_people(caller.api(), ["user0001"], robot_code="ding1", title="t", markdown="m")


async def test_a_wrong_client_secret_says_where_the_right_one_is(caller: Caller) -> None:
    with pytest.raises(DingTalkError, match=r"invalidClientIdOrSecret.*凭证与基础信息") as caught:
        await caller.api("another").call("POST", "/v1.0/card/instances", {})

    assert "another" not in str(caught.value)


async def test_a_used_up_month_is_no_matter_of_the_rate() -> None:
    async with calling(monthly_calls=1) as caller:
        await caller.create(caller.cards())

        with pytest.raises(DingTalkError, match=r"ApiCountLimitForOrg.*monthly_calls"):
            await caller.cards().show("t1", lambda: "五")
