"""What holds whichever product's API is spoken: the answers, the book of requests, the shared faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from emulators.faults import FaultBoard
from emulators.rag_server import PRODUCTS, KnowledgeServer, UnknownAppError
from emulators.rag_server.http.misbehaviour import SHARED_FAULTS
from emulators.tests.contract.rag_server.clients import (
    FOLLOW_UP,
    TRAVEL_QUESTION,
    client_of,
    collect,
)
from emulators.tests.contract.rag_server.speakers import KEY, Speaker, ask, headers, post

if TYPE_CHECKING:
    from pathlib import Path

    from emulators.tests.contract.rag_server.clients import Naps


async def test_the_demo_question_and_its_follow_up_are_answered(
    http: httpx.AsyncClient, speaker: Speaker
) -> None:
    assert (await ask(http, speaker, TRAVEL_QUESTION)).startswith("根据《差旅报销标准（2026 版）》")
    assert "员工为 600 元" in await ask(http, speaker, FOLLOW_UP)


async def test_a_session_in_a_file_survives_a_restart(tmp_path: Path, speaker: Speaker, naps: Naps) -> None:
    for question, expected in (("年终奖怎么算", "年终奖"), ("什么时候发？", "年终奖")):
        server = KnowledgeServer(
            api_key=KEY,
            faults=FaultBoard(),
            kind=speaker.kind,
            piece_delay=0,
            history=tmp_path / "chats.sqlite",
            sleep=naps,
        )
        async with client_of(server, KEY) as client:
            assert expected in await ask(client, speaker, question)
        await server.stop()


async def test_everything_a_request_held_is_noted_but_the_key(
    http: httpx.AsyncClient, server: KnowledgeServer, speaker: Speaker
) -> None:
    sent = speaker.body(TRAVEL_QUESTION)
    await http.post(speaker.path, json=sent, params={"trace": "1"}, headers={"X-Bot": "handbook"})
    [noted] = server.requests
    assert (noted.method, noted.path, noted.question) == ("POST", speaker.path, TRAVEL_QUESTION)
    assert (noted.body, noted.query) == (sent, {"trace": "1"})
    assert noted.headers["x-bot"] == "handbook"
    assert noted.headers["authorization"] == "Bearer …"
    assert KEY not in repr(noted)


async def test_a_request_names_its_session(
    http: httpx.AsyncClient, server: KnowledgeServer, speaker: Speaker
) -> None:
    await ask(http, speaker, TRAVEL_QUESTION)
    await ask(http, speaker, FOLLOW_UP)
    named = server.requests[-1].session_id
    assert (
        named
        == {
            "anythingllm": "s",
            "dify": getattr(speaker, "conversation", None),
            "openai": None,
            "bailian": getattr(speaker, "session", None),
        }[speaker.kind]
    )


@pytest.mark.parametrize("header", ["", "Bearer wrong", KEY])
async def test_a_wrong_key_is_refused(http: httpx.AsyncClient, speaker: Speaker, header: str) -> None:
    response = await http.post(
        speaker.path, json=speaker.body(TRAVEL_QUESTION), headers={"Authorization": header}
    )
    assert response.status_code == (403 if speaker.kind == "anythingllm" else 401)


async def test_a_key_can_be_refused_on_request(
    http: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.unauthorized", count=1)
    assert (await post(http, speaker, TRAVEL_QUESTION)).status_code in {401, 403}
    assert (await post(http, speaker, TRAVEL_QUESTION)).status_code == 200


async def test_what_is_asked_can_be_missing(
    http: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.not_found")
    response = await post(http, speaker, TRAVEL_QUESTION)
    assert response.status_code == (400 if speaker.kind == "anythingllm" else 404)


@pytest.mark.parametrize(("value", "status"), [("", 500), ("502", 502), ("503", 503)])
async def test_the_server_fails_with_the_status_it_is_told(
    http: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard, value: str, status: int
) -> None:
    faults.switch_on("knowledge.error_500", value=value)
    response = await post(http, speaker, TRAVEL_QUESTION)
    assert response.status_code == status
    assert isinstance(response.json(), dict)


@pytest.mark.parametrize(("value", "status"), [("", 502), ("504", 504), ("200", 200), ("520", 520)])
async def test_a_proxy_in_front_answers_with_a_page(
    http: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard, value: str, status: int
) -> None:
    faults.switch_on("knowledge.gateway", value=value)
    response = await post(http, speaker, TRAVEL_QUESTION)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("fault", ["knowledge.gateway", "knowledge.error_500", "knowledge.split"])
async def test_a_fault_whose_value_is_no_number_says_so(
    http: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard, fault: str
) -> None:
    faults.switch_on(fault, value="soon")
    response = await post(http, speaker, TRAVEL_QUESTION)
    assert (response.status_code, response.text) == (
        500,
        f"The fault {fault} was given 'soon'. Give it a number, or no value.",
    )


async def test_a_connection_is_dropped_before_any_response(
    wired: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard, capfd: pytest.CaptureFixture[str]
) -> None:
    faults.switch_on("knowledge.refuse")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await post(wired, speaker, TRAVEL_QUESTION)
    assert capfd.readouterr().err == ""


async def test_a_connection_is_dropped_midway(
    wired: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard, capfd: pytest.CaptureFixture[str]
) -> None:
    faults.switch_on("knowledge.break", value="3", count=1)
    received = bytearray()
    body = speaker.body(TRAVEL_QUESTION)
    async with wired.stream("POST", speaker.path, json=body, headers=headers(speaker)) as response:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await collect(response, received)
    assert len(speaker.heard(TRAVEL_QUESTION, received.decode())) == 3 * 4
    assert capfd.readouterr().err == ""


async def test_a_model_fails_midway_inside_the_answer(
    http: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.abort", value="3")
    response = await post(http, speaker, TRAVEL_QUESTION)
    assert response.status_code == 200
    assert "Premature close" in speaker.failure(response.text)


async def test_a_busy_model_is_a_429_or_said_inside_the_answer(
    http: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.busy")
    response = await post(http, speaker, TRAVEL_QUESTION)
    if speaker.kind in {"openai", "bailian"}:
        assert response.status_code == 429
        assert "Rate limit" in response.text
    else:
        assert response.status_code == 200
        assert "429" in speaker.failure(response.text)


async def test_a_stream_that_comes_apart_is_the_same_stream(
    wired: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.split", value="5")
    body = speaker.body("年假几天")
    async with wired.stream("POST", speaker.path, json=body, headers=headers(speaker)) as response:
        parts = [part async for part in response.aiter_raw()]
    assert max(map(len, parts)) == 5
    assert speaker.heard("年假几天", b"".join(parts).decode()).startswith("根据《休假制度》")


async def test_stall_and_slow_are_silence_before_and_between_the_pieces(
    http: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard, naps: Naps
) -> None:
    faults.switch_on("knowledge.stall", value="20")
    faults.switch_on("knowledge.slow", value="0.5")
    text = await ask(http, speaker, "年假几天")
    assert naps.taken[0] == 20
    assert naps.taken.count(0.5) >= len(text.partition("<ref>")[0]) // 4


async def test_an_empty_answer_is_a_stream_without_text(
    http: httpx.AsyncClient, speaker: Speaker, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.empty")
    assert await ask(http, speaker, "年假几天") == ""


@pytest.mark.parametrize("kind", PRODUCTS)
def test_a_product_declares_the_shared_faults_and_its_own(kind: str, faults: FaultBoard) -> None:
    PRODUCTS[kind].declare(faults)
    names = {one.name for one in faults.kinds}
    assert names == set(SHARED_FAULTS) | set(PRODUCTS[kind].faults)
    assert all(name.startswith(f"knowledge.{kind}.") for name in PRODUCTS[kind].faults)
    assert all(one.sentence.endswith(".") for one in faults.kinds)


@pytest.mark.parametrize(("kind", "known"), [("dify", "chatflow"), ("anythingllm", "single-user")])
def test_an_app_that_a_product_does_not_have_is_explained(kind: str, known: str) -> None:
    with pytest.raises(UnknownAppError, match=known):
        KnowledgeServer(api_key=KEY, faults=FaultBoard(), kind=kind, app="chatbot")


async def test_a_client_is_told_the_products_base_url() -> None:
    bases = {"anythingllm": "", "dify": "/v1", "openai": "/v1", "bailian": ""}
    for kind, base in bases.items():
        server = KnowledgeServer(api_key=KEY, faults=FaultBoard(), kind=kind)
        await server.start()
        assert server.base_url == f"{server.url}{base}"
        await server.stop()
