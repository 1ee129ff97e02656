"""The list of chats shows what a message begins with, and what a card was asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from rag_on_dingtalk.delivery.channels import Channels
from rag_on_dingtalk.delivery.fence import Fence
from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.delivery.reply_sender import ReplySender
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.dingtalk.outbound.broadcast import send_to_people
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, ReplyWebhook, Sender
from rag_on_dingtalk.settings.sections.dingtalk import Budget, CardTemplate
from rag_on_dingtalk.storage.turns.lease import NEVER_MS
from rag_on_dingtalk.storage.turns.outcome import CardState
from tests.builders import an_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANSWER = "## 差旅费用\n\n第二段：住宿按**实际发生**的金额报销，其余的由个人承担，另有规定的除外。"
WORDS = "差旅费用 第二段：住宿按实际发生的金额报销，其余的由个人承担"
QUESTION = Question(
    turn_id="t1",
    bot="handbook",
    message_id="m1",
    text="出差住宿\n最多能报多少？",
    message_type="text",
    sender=Sender("s1", "user1", "小明"),
    conversation=Conversation("cid1", ConversationType.GROUP),
    asked_ms=0,
    webhook=ReplyWebhook("https://oapi.example.com/robot/sendBySession?session=s", 10**13),
)


class Wire:
    """Everything that was sent, by path."""

    def __init__(self, http: httpx.AsyncClient, sent: dict[str, Any]) -> None:
        self.sent = sent
        self.http = http
        self.api = an_api(http)

    def reply(self, question: Question) -> ReplySender:
        cards = Cards(
            api=self.api,
            robot_code="ding1",
            template=CardTemplate(),
            callback_route="",
            frame_id=lambda: "f",
        )
        channels = Channels(
            http=self.http,
            api=self.api,
            cards=cards,
            robot_code="ding1",
            quota=DingTalkQuota(Budget(monthly_calls=None), None, clock=lambda: 0, log=lambda *_, **__: None),
            clock=lambda: 0,
        )
        fence = Fence(margin_ms=0, clock=lambda: 0)
        fence.confirmed(NEVER_MS)
        return ReplySender(
            channels, question, title="手册助手", mode="live", fence=fence, log=lambda *_, **__: None
        )


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    sent: dict[str, Any] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        sent[request.url.path] = json.loads(request.content)
        return httpx.Response(200, json={"accessToken": "t", "expireIn": 7200})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        yield Wire(http, sent)


@pytest.mark.parametrize(("markdown", "title"), [(ANSWER, WORDS), ("![](@lAD1)", "手册助手"), ("👍", "👍")])
async def test_a_message_is_titled_with_its_first_words(wire: Wire, markdown: str, title: str) -> None:
    await wire.reply(QUESTION).send(markdown)
    await wire.reply(msgspec.structs.replace(QUESTION, webhook=None)).send(markdown)

    by_webhook = wire.sent["/robot/sendBySession"]["markdown"]
    by_openapi = json.loads(wire.sent["/v1.0/robot/groupMessages/send"]["msgParam"])
    assert (by_webhook["title"], by_openapi["title"]) == (title, title)
    # The mention stands in the text alone.
    assert by_webhook["text"] == f"@user1\n\n{markdown}"


async def test_a_message_to_people_has_the_title_it_is_given(wire: Wire) -> None:
    await send_to_people(wire.api, ["a"], robot_code="r", title="手册助手", markdown=ANSWER)

    param = json.loads(wire.sent["/v1.0/robot/oToMessages/batchSend"]["msgParam"])
    assert param == {"title": "手册助手", "text": ANSWER}


@pytest.mark.parametrize(
    ("text", "shown"),
    [(QUESTION.text, "出差住宿 最多能报多少？"), ("", "正在查询…"), ("问" * 500, "问" * 60)],
)
async def test_a_cards_entry_in_the_list_is_its_question(wire: Wire, text: str, shown: str) -> None:
    reply = wire.reply(msgspec.structs.replace(QUESTION, text=text))

    assert await reply.open_card("正在查询…") is CardState.DELIVERED

    entry = wire.sent["/v1.0/card/instances/createAndDeliver"]["imGroupOpenSpaceModel"]["lastMessageI18n"]
    assert entry == {"ZH_CN": shown, "EN_US": shown}
