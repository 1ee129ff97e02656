"""TextModerationPlus and services of one's own: what is asked, what is understood, how failures count."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest
from httpx_aiohttp import AiohttpTransport

from emulators.content_moderation import ModerationEmulator
from emulators.faults import FaultBoard
from emulators.serving import LoopbackServer
from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.content_moderation import moderation_call, read_judgement
from rag_on_dingtalk.errors import ModerationError
from rag_on_dingtalk.safety.moderation.aliyun import AliyunService
from rag_on_dingtalk.safety.moderation.http_service import HttpService
from rag_on_dingtalk.safety.moderation.moderator import Moderator
from rag_on_dingtalk.safety.verdict import Verdict
from rag_on_dingtalk.safety.words.word_filter import WordFilter
from rag_on_dingtalk.safety.words.word_rule import WordRule
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.safety import AliyunModeration, HttpModeration, OnError
from tests.contract.cloud.official_client import call_officially

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send
    from uvicorn._types import ASGIApplication

    from rag_on_dingtalk.safety.verdict import Direction

USER = Credentials("AKID", "SECRET")
ROLE = Credentials("AKID", "SECRET", "STS")
SAFE_ANSWER = "这件事请联系安全部门。"
WORDS = WordFilter([WordRule("竞品", "warn", "w:1")])


class Wire:
    """Records requests on their way to the emulator."""

    def __init__(self, behind: ModerationEmulator) -> None:
        self._behind = behind
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.server = LoopbackServer(cast("ASGIApplication", self))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        self.headers.append({name.decode().lower(): value.decode() for name, value in scope["headers"]})
        self.bodies.append(body)
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def _again() -> Any:
            return given.pop() if given else await receive()

        await self._behind(scope, _again, send)


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
async def emulator(faults: FaultBoard) -> AsyncIterator[ModerationEmulator]:
    emulator = ModerationEmulator(
        credentials={"AKID": "SECRET"}, faults=faults, safe_answers={"contraband_certificate": SAFE_ANSWER}
    )
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """As the worker has it."""
    async with httpx.AsyncClient(transport=AiohttpTransport()) as client:
        yield client


def settings(endpoint: str, **more: Any) -> AliyunModeration:
    return msgspec.convert({"kind": "aliyun", "endpoint": endpoint, **more}, AliyunModeration)


def service(
    endpoint: str, http: httpx.AsyncClient, credentials: Credentials = ROLE, **more: Any
) -> AliyunService:
    return AliyunService(
        settings(endpoint, **more), http, credentials=lambda: credentials, clock=time.time, nonce=_nonce
    )


def _nonce() -> str:
    return f"{time.monotonic_ns():x}"


@pytest.mark.parametrize("credentials", [USER, ROLE], ids=["user key", "role"])
async def test_our_request_equals_the_official_clients(
    emulator: ModerationEmulator, http: httpx.AsyncClient, credentials: Credentials
) -> None:
    wire = Wire(emulator)
    await wire.server.start()
    form = {"Service": "llm_query_moderation", "ServiceParameters": '{"content":"年假有几天？"}'}
    host = wire.server.url.removeprefix("http://")
    await asyncio.to_thread(call_officially, host, credentials, "TextModerationPlus", "2022-03-02", form=form)
    verdict = await service(wire.server.url, http, credentials).judge("年假有几天？", "question", "")
    await wire.server.stop()
    official, own = map(_comparable, wire.headers)

    assert verdict.allowed
    assert official == own
    assert parse_qs(wire.bodies[0].decode()) == parse_qs(wire.bodies[1].decode())


def _comparable(headers: dict[str, str]) -> dict[str, str]:
    """The headers without what is new in every request, follows from the body, or is the library's own."""
    new = ("x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256", "content-length")
    library = ("user-agent", "connection", "accept-encoding")
    kept = {name: value for name, value in headers.items() if name not in (*new, *library)}
    return {**kept, "authorization": re.sub(r"Signature=.*", "", kept["authorization"])}


@pytest.mark.parametrize(
    ("text", "direction", "allowed", "labels"),
    [
        ("年假有几天？", "question", True, ()),
        ("炸弹怎么做", "question", False, ("violent_weapons",)),
        ("有人上班摸鱼", "answer", True, ("inappropriate_ethics",)),
    ],
)
async def test_a_text_is_judged(
    emulator: ModerationEmulator,
    http: httpx.AsyncClient,
    text: str,
    direction: Direction,
    allowed: bool,  # noqa: FBT001 - a case's
    labels: tuple[str, ...],
) -> None:
    verdict = await service(emulator.url, http).judge(text, direction, "")

    assert (verdict.allowed, verdict.labels) == (allowed, labels)


async def test_a_word_over_two_pieces_of_one_session_is_found(
    emulator: ModerationEmulator, http: httpx.AsyncClient
) -> None:
    one = service(emulator.url, http)

    assert (await one.judge("小心勒索", "answer", "t1-1")).allowed
    assert not (await one.judge("病毒。", "answer", "t1-1")).allowed
    assert (await one.judge("病毒。", "answer", "t1-2")).allowed


async def test_the_safe_answer_of_the_console_comes_with_the_verdict(
    emulator: ModerationEmulator, http: httpx.AsyncClient
) -> None:
    assert (await service(emulator.url, http).judge("假发票", "question", "")).answer == SAFE_ANSWER


async def test_the_level_that_blocks_can_be_chosen(
    emulator: ModerationEmulator, http: httpx.AsyncClient
) -> None:
    assert not (await service(emulator.url, http, block_from="low").judge("摸鱼", "question", "")).allowed


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("away", "unreachable"),
        ("busy", "ServiceUnavailable"),
        ("throttle", "Throttling.User"),
        ("refused", "408"),
    ],
)
async def test_every_failure_is_an_error_also_one_inside_an_http_200(
    emulator: ModerationEmulator, http: httpx.AsyncClient, faults: FaultBoard, fault: str, code: str
) -> None:
    faults.switch_on(f"moderation.{fault}", count=1)

    with pytest.raises(ModerationError) as raised:
        await service(emulator.url, http).judge("年假", "question", "")
    assert raised.value.code == code


async def test_a_wrong_key_is_refused(emulator: ModerationEmulator, http: httpx.AsyncClient) -> None:
    with pytest.raises(ModerationError, match="SignatureDoesNotMatch"):
        await service(emulator.url, http, Credentials("AKID", "WRONG")).judge("年假", "question", "")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b"<html>"),
        (200, b'{"Code": 200}'),
        (200, b'{"Code": 200, "Data": {}}'),
        (200, b'{"Code": 200, "Data": {"RiskLevel": "unheard of"}}'),
        (500, b'{"Code": 200, "Data": {"RiskLevel": "none"}}'),
    ],
)
def test_what_is_not_as_documented_judges_nothing(status: int, body: bytes) -> None:
    with pytest.raises(ModerationError):
        read_judgement(status, body)


def test_an_attack_on_the_model_counts_as_much_as_its_content() -> None:
    body = (
        b'{"Code": 200, "Data": {"RiskLevel": "none", "Result": [{"Label": "nonLabel"}],'
        b' "AttackLevel": "high", "AttackResult": [{"Label": "Indirect Prompt Injection"}]}}'
    )
    found = read_judgement(200, body)

    assert (found.risk, found.labels) == ("high", ("Indirect Prompt Injection",))


def test_the_text_stands_in_the_body_only() -> None:
    call = moderation_call(
        endpoint="https://green-cip.cn-shanghai.aliyuncs.com",
        service="llm_query_moderation",
        text="年假",
        session="t1-1",
        credentials=USER,
        now=0.0,
        nonce="n",
    )

    assert call.url == "https://green-cip.cn-shanghai.aliyuncs.com/"
    assert "sessionId" in parse_qs(call.body.decode())["ServiceParameters"][0]
    assert "年假" not in str(call.headers)


def moderator(
    emulator: ModerationEmulator, http: httpx.AsyncClient, on_error: OnError, lines: list[dict[str, Any]]
) -> Moderator:
    def _log(message: str, *, level: str = "INFO", **fields: str | int) -> None:
        lines.append({"message": message, "level": level, **fields})

    chosen = msgspec.structs.replace(settings(emulator.url), on_error=on_error, timeout_ms=300)
    one = AliyunService(chosen, http, credentials=lambda: ROLE, clock=time.time, nonce=_nonce)
    return Moderator(one, chosen, words=WORDS, failed=lambda: lines.append({"message": "told"}), log=_log)


@pytest.mark.parametrize("fault", ["away", "busy", "throttle", "refused", "slow"])
@pytest.mark.parametrize(
    ("choice", "text", "allowed"),
    [
        ("block", "年假", False),
        ("pass", "年假", True),
        ("pass", "竞品", True),
        ("local_only", "年假", True),
        ("local_only", "竞品", False),
    ],
)
@pytest.mark.parametrize("direction", ["question", "answer"])
async def test_without_the_service_each_direction_is_treated_as_configured(
    emulator: ModerationEmulator,
    http: httpx.AsyncClient,
    faults: FaultBoard,
    fault: str,
    choice: str,
    text: str,
    allowed: bool,  # noqa: FBT001 - a case's
    direction: Direction,
) -> None:
    # The other direction's setting says the contrary: it must not matter.
    other = "block" if choice == "pass" else "pass"
    chosen = {"question": "questions", "answer": "answers"}[direction]
    contrary = "answers" if chosen == "questions" else "questions"
    on_error = msgspec.convert({chosen: choice, contrary: other}, OnError)
    faults.switch_on(f"moderation.{fault}", count=1)
    lines: list[dict[str, Any]] = []

    verdict = await moderator(emulator, http, on_error, lines).check(text, direction)

    assert verdict == Verdict(allowed, judged=False)
    (told, event) = lines
    assert told["message"] == "told"
    assert (event["message"], event["level"]) == ("moderation_failed", "ERROR")
    assert (event["direction"], event["on_error"], event["blocked"]) == (direction, choice, int(not allowed))
    assert text not in str(event)


async def test_when_the_service_is_gone_for_good_nothing_waits_and_nothing_passes(
    emulator: ModerationEmulator, http: httpx.AsyncClient
) -> None:
    judge = moderator(emulator, http, OnError(), [])
    await emulator.stop()

    assert not (await judge.check("年假", "question")).allowed
    assert not (await judge.check("年假", "answer")).allowed


async def test_a_long_question_is_judged_in_pieces_and_a_boundless_one_not_at_all(
    emulator: ModerationEmulator, http: httpx.AsyncClient
) -> None:
    lines: list[dict[str, Any]] = []
    judge = moderator(emulator, http, OnError(), lines)

    assert (await judge.check("年" * 4_500, "question")).allowed
    assert [len(text) for _, text, _ in emulator.judged] == [2_000, 2_000, 500]
    assert not (await judge.check("年" * 20_000, "question")).allowed
    assert lines[-1]["message"] == "moderation_failed"


class OwnService(httpx.AsyncBaseTransport):
    """A service of one's own."""

    def __init__(self, status: int = 200, body: bytes = b'{"action": "pass"}') -> None:
        self.status, self.body = status, body
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, content=self.body)


async def test_a_service_of_ones_own_is_asked_in_json() -> None:
    own = OwnService(body='{"action": "block", "labels": ["x"], "answer": "请换个问题"}'.encode())
    async with httpx.AsyncClient(transport=own) as client:
        one = HttpService(HttpModeration(url="https://own.example/judge"), client, Secret("key"))
        verdict = await one.judge("年假", "question", "t1-1")

    assert verdict == Verdict(allowed=False, labels=("x",), answer="请换个问题")
    assert own.requests[0].headers["authorization"] == "Bearer key"
    assert msgspec.json.decode(own.requests[0].content) == {
        "text": "年假",
        "direction": "question",
        "session": "t1-1",
    }


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b'{"action": "pass"}'), (200, b"{}"), (200, b'{"action": "maybe"}'), (200, b"ok")],
)
async def test_a_service_of_ones_own_that_answers_otherwise_judges_nothing(status: int, body: bytes) -> None:
    async with httpx.AsyncClient(transport=OwnService(status, body)) as client:
        with pytest.raises(ModerationError):
            await HttpService(HttpModeration(url="https://own.example/judge"), client, None).judge(
                "年假", "answer", ""
            )
