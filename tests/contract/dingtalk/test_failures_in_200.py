"""A failure that DingTalk reports under HTTP 200 is a refusal, at every call and in every known shape."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from rag_on_dingtalk.delivery.channels import Channels
from rag_on_dingtalk.delivery.fence import Fence
from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.delivery.reply_sender import ReplySender
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.dingtalk.cards.card_route import register_card_route
from rag_on_dingtalk.dingtalk.openapi.refusals import refusal_in
from rag_on_dingtalk.dingtalk.outbound.broadcast import send_to_people
from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.dingtalk.outbound.messages import markdown_message, send_by_webhook, send_message
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.answer import FileMessage
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, ReplyWebhook, Sender
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.dingtalk import Budget, CardTemplate
from rag_on_dingtalk.storage.turns.lease import NEVER_MS
from rag_on_dingtalk.storage.turns.outcome import CardState
from tests.builders import an_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

TOKEN = "POST /v1.0/oauth2/accessToken"
CREATE = "POST /v1.0/card/instances/createAndDeliver"
FRAME = "PUT /v1.0/card/streaming"
UPDATE = "PUT /v1.0/card/instances"
WEBHOOK = "POST /robot/sendBySession"
GROUP = "POST /v1.0/robot/groupMessages/send"
PRIVATE = "POST /v1.0/robot/oToMessages/batchSend"
DOWNLOAD = "POST /v1.0/robot/messageFiles/download"
UPLOAD = "POST /media/upload"
ROUTE = "POST /v1.0/card/callbacks/register"

#: Body → the code of the error.
FAILURES = [
    ({"success": False}, "unsuccessful"),
    ({"success": False, "result": False}, "unsuccessful"),
    ({"success": "false"}, "unsuccessful"),
    ({"success": False, "code": "param.error", "message": "no"}, "param.error"),
    ({"code": "session.expired", "message": "expired"}, "session.expired"),
    ({"code": 500123, "msg": "no"}, "500123"),
    ({"errcode": 300001, "errmsg": "no"}, "300001"),
    ({"errcode": "310000", "errmsg": "no"}, "310000"),
    ({"success": True, "errcode": 43, "errmsg": "no"}, "43"),
]
SUCCESSES: list[dict[str, Any]] = [
    {},
    {"success": True, "result": True},
    {"success": "true"},
    {"errcode": 0, "errmsg": "ok"},
    {"errcode": "0"},
    {"code": 0, "message": ""},
    {"code": "", "success": True},
    {"code": None},
]


@dataclass
class DingTalk:
    """Answers a call with the body it was told to, and every other one with success."""

    bodies: dict[str, object] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        api = f"{request.method} {request.url.path}"
        if api in self.bodies:
            self.calls.append(api)
            return httpx.Response(200, json=self.bodies[api])
        if api == TOKEN:
            return httpx.Response(200, json={"accessToken": "t", "expireIn": 7200})
        self.calls.append(api)
        media = {"errcode": 0, "media_id": "@lAD1", "downloadUrl": "https://kb.example/a"}
        return httpx.Response(200, json={"success": True, **media})


@dataclass
class World:
    """A bot with every way of calling DingTalk."""

    dingtalk: DingTalk
    http: httpx.AsyncClient
    api: OpenApi
    cards: Cards
    media: Media


def question(kind: ConversationType = ConversationType.GROUP) -> Question:
    return Question(
        turn_id="t1",
        bot="handbook",
        message_id="m1",
        text="年假有几天？",
        message_type="text",
        sender=Sender("s1", "user1", "小明"),
        conversation=Conversation("cid1", kind),
        asked_ms=0,
        webhook=ReplyWebhook("https://oapi.example.com/robot/sendBySession?session=s", 10**13),
    )


@pytest.fixture
async def world() -> AsyncIterator[World]:
    dingtalk = DingTalk()
    async with httpx.AsyncClient(transport=httpx.MockTransport(dingtalk)) as http:
        api = an_api(http)
        cards = Cards(
            api=api,
            robot_code="ding1",
            template=CardTemplate(id="o.schema", variable="content", buttons=True),
            callback_route="",
            frame_id=lambda: "f",
        )
        media = Media(api=api, http=http, oapi_url="https://oapi.example.com", robot_code="ding1")
        yield World(dingtalk, http, api, cards, media)


async def _close(world: World) -> None:
    # The closing frame has a second way; both fail.
    world.dingtalk.bodies[UPDATE] = world.dingtalk.bodies.get(FRAME, {})
    await world.cards.close("t1", "x")


CALLS: dict[str, tuple[str, Callable[[World], Awaitable[object]]]] = {
    "token": (TOKEN, lambda w: w.cards.show("t1", lambda: "x")),
    "create": (CREATE, lambda w: w.cards.create(question(), summary="x")),
    "frame": (FRAME, lambda w: w.cards.show("t1", lambda: "x")),
    "last frame": (FRAME, _close),
    "update": (UPDATE, lambda w: w.cards.suggest("t1", ["a"])),
    "webhook": (WEBHOOK, lambda w: send_by_webhook(w.http, question(), title="t", markdown="x")),
    "group message": (
        GROUP,
        lambda w: send_message(w.api, question(), markdown_message("t", "x"), robot_code="r"),
    ),
    "private message": (
        PRIVATE,
        lambda w: send_message(
            w.api, question(ConversationType.ONE_TO_ONE), markdown_message("t", "x"), robot_code="r"
        ),
    ),
    "broadcast": (PRIVATE, lambda w: send_to_people(w.api, ["a"], robot_code="r", title="t", markdown="x")),
    "download": (DOWNLOAD, lambda w: w.media.address_of("c")),
    "upload": (UPLOAD, lambda w: w.media.upload("image", name="a.png", media_type="image/png", data=b"a")),
    "route": (
        ROUTE,
        lambda w: register_card_route(w.api, route="r", url="https://a", secret=Secret("s"), replace=False),
    ),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("body", "code"), FAILURES, ids=[json.dumps(body) for body, _ in FAILURES])
async def test_every_call_takes_it_for_a_refusal(
    world: World, name: str, body: dict[str, object], code: str
) -> None:
    api, call = CALLS[name]
    world.dingtalk.bodies[api] = body

    with pytest.raises(DingTalkError) as raised:
        await call(world)

    assert raised.value.code == code


@pytest.mark.parametrize("name", [name for name in CALLS if name != "token"])
async def test_every_call_takes_success_for_success(world: World, name: str) -> None:
    await CALLS[name][1](world)

    assert CALLS[name][0] in world.dingtalk.calls


@pytest.mark.parametrize("body", SUCCESSES, ids=json.dumps)
def test_success_may_be_said_in_many_ways(body: dict[str, Any]) -> None:
    assert refusal_in(body, status=200, where="PUT /x") is None


@pytest.mark.parametrize("body", [{}, {"accessToken": ""}, {"accessToken": 7, "expireIn": 1}])
async def test_an_answer_without_a_token_is_no_token(world: World, body: dict[str, object]) -> None:
    world.dingtalk.bodies[TOKEN] = body

    with pytest.raises(DingTalkError, match="without a token"):
        await world.cards.show("t1", lambda: "x")


async def test_a_busy_code_under_200_is_tried_again(world: World) -> None:
    world.dingtalk.bodies[GROUP] = {"code": "system.busy", "message": "busy"}

    with pytest.raises(DingTalkError):
        await send_message(world.api, question(), markdown_message("t", "x"), robot_code="r")

    assert world.dingtalk.calls == [GROUP] * 3


async def test_an_expired_token_under_200_is_fetched_anew(world: World) -> None:
    world.dingtalk.bodies[GROUP] = {"errcode": 42001, "errmsg": "expired"}

    with pytest.raises(DingTalkError) as raised:
        await send_message(world.api, question(), markdown_message("t", "x"), robot_code="r")

    assert raised.value.bad_token
    assert len(world.dingtalk.calls) == 3


def _reply(world: World, log: list[str]) -> ReplySender:
    def note(message: str, *, level: str = "INFO", **_: object) -> None:
        log.append(f"{level} {message}")

    channels = Channels(
        http=world.http,
        api=world.api,
        cards=world.cards,
        robot_code="ding1",
        quota=DingTalkQuota(Budget(monthly_calls=None), None, clock=lambda: 0, log=note),
        clock=lambda: 0,
    )
    fence = Fence(margin_ms=0, clock=lambda: 0)
    fence.confirmed(NEVER_MS)
    return ReplySender(channels, question(), title="助手", mode="live", fence=fence, log=note)


async def test_a_card_that_is_not_taken_is_no_card(world: World) -> None:
    log: list[str] = []
    world.dingtalk.bodies[CREATE] = {"success": False}

    assert await _reply(world, log).open_card("…") is CardState.NONE

    assert log == ["WARNING card_refused"]


async def test_a_last_frame_that_is_not_taken_becomes_an_update_and_then_a_message(world: World) -> None:
    log: list[str] = []
    reply = _reply(world, log)
    world.dingtalk.bodies[FRAME] = {"success": False, "result": False}

    await reply.close_card("x", failed=False, suggestions=())
    world.dingtalk.bodies[UPDATE] = {"code": "param.invalid", "message": "no"}
    with pytest.raises(DingTalkError):
        await reply.close_card("x", failed=False, suggestions=())

    assert world.dingtalk.calls == [FRAME, UPDATE, FRAME, UPDATE]
    assert log == ["ERROR card_not_closed"]


@pytest.mark.parametrize(("body", "code"), FAILURES, ids=[json.dumps(body) for body, _ in FAILURES])
async def test_a_webhook_that_takes_nothing_is_followed_by_the_openapi(
    world: World, body: dict[str, object], code: str
) -> None:
    log: list[str] = []
    world.dingtalk.bodies[WEBHOOK] = body

    assert await _reply(world, log).send("x") == "openapi"

    assert world.dingtalk.calls == [WEBHOOK, GROUP]
    assert log == ["WARNING webhook_refused"]


async def test_a_file_that_is_not_taken_is_followed_by_its_link(world: World) -> None:
    log: list[str] = []
    world.dingtalk.bodies[GROUP] = {"success": False}

    await _reply(world, log).send_file(FileMessage("@lAD1", "a.pdf", "https://kb.example/a.pdf"))

    assert world.dingtalk.calls == [GROUP, WEBHOOK]
    assert log == ["WARNING file_refused"]
