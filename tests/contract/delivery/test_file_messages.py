"""A file that DingTalk does not take as one is still a link that works, whatever it is called."""

from __future__ import annotations

import httpx
import msgspec

from rag_on_dingtalk.delivery.channels import Channels
from rag_on_dingtalk.delivery.fence import Fence
from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.delivery.reply_sender import ReplySender
from rag_on_dingtalk.models.answer import FileMessage
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, ReplyWebhook, Sender
from rag_on_dingtalk.settings.sections.dingtalk import Budget
from rag_on_dingtalk.storage.turns.lease import NEVER_MS
from tests.builders import an_api

QUESTION = Question(
    turn_id="t1",
    bot="handbook",
    message_id="m1",
    text="月报呢？",
    message_type="text",
    sender=Sender("s1", staff_id="p1"),
    conversation=Conversation("c1", ConversationType.ONE_TO_ONE),
    asked_ms=0,
    webhook=ReplyWebhook("http://dingtalk.test/robot/sendBySession", expires_ms=3_600_000),
)


async def test_a_refused_file_is_a_link_that_its_name_cannot_break() -> None:
    said: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("accessToken"):
            return httpx.Response(200, json={"accessToken": "t", "expireIn": 7200})
        if request.url.path.endswith("sendBySession"):
            said.append(msgspec.json.decode(request.content)["markdown"]["text"])
            return httpx.Response(200, json={"errcode": 0})
        return httpx.Response(400, json={"code": "invalidParameter.msgParam.invalid"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
        channels = Channels(
            http=http,
            api=an_api(http, "http://dingtalk.test"),
            cards=None,
            robot_code="ding1",
            quota=DingTalkQuota(Budget(monthly_calls=None), None, clock=lambda: 0, log=lambda *_, **__: None),
            clock=lambda: 0,
        )
        fence = Fence(margin_ms=0, clock=lambda: 0)
        fence.confirmed(NEVER_MS)
        reply = ReplySender(
            channels, QUESTION, title="助手", mode="live", fence=fence, log=lambda *_, **__: None
        )
        await reply.send_file(FileMessage("@lAD1", "月报](https://evil.example).pdf", "https://kb/r(1"))
        await reply.aclose()

    assert said == ["[月报］(https://evil.example).pdf](https://kb/r%281)"]
