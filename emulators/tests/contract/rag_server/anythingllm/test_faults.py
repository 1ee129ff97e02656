from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from emulators.tests.contract.rag_server.anythingllm.visitor import events_of, text_of
from emulators.tests.contract.rag_server.clients import collect

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.rag_server import KnowledgeServer
    from emulators.tests.contract.rag_server.anythingllm.visitor import Visitor
    from emulators.tests.contract.rag_server.clients import Naps

CHAT = "/api/v1/workspace/handbook/chat"
STREAM = "/api/v1/workspace/handbook/stream-chat"
QUESTION = {"message": "年假几天", "mode": "query", "sessionId": "s"}


@pytest.mark.parametrize("path", [CHAT, STREAM])
async def test_error_500_is_an_abort_with_that_status(
    visitor: Visitor, faults: FaultBoard, path: str
) -> None:
    faults.switch_on("knowledge.error_500", count=1)
    struck = await visitor.http.post(path, json=QUESTION)
    assert (struck.status_code, struck.json()["type"]) == (500, "abort")
    assert (await visitor.http.post(path, json=QUESTION)).status_code == 200


@pytest.mark.parametrize("path", [CHAT, STREAM])
async def test_refuse_drops_the_connection_without_a_word(
    wired: Visitor,
    faults: FaultBoard,
    server: KnowledgeServer,
    path: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    faults.switch_on("knowledge.refuse", count=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await wired.http.post(path, json=QUESTION)
    assert [request.question for request in server.requests] == ["年假几天"]
    assert capfd.readouterr().err == ""


async def test_a_model_that_answers_nothing_leaves_the_shapes_of_an_empty_answer(
    visitor: Visitor, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.empty")
    blocking = await visitor.http.post(CHAT, json=QUESTION)
    assert blocking.status_code == 200
    assert blocking.json()["type"] == "abort"
    assert blocking.json()["error"] == "No text completion could be completed with this input."
    chunk, final = await visitor.stream("年假几天", sessionId="s")
    assert (chunk["type"], chunk["textResponse"], chunk["close"]) == ("textResponseChunk", "", True)
    assert list(final) == ["uuid", "type", "close", "error"]
    assert await visitor.chats("s") == []


async def test_break_cuts_the_stream_without_its_last_event(
    wired: Visitor, faults: FaultBoard, capfd: pytest.CaptureFixture[str]
) -> None:
    faults.switch_on("knowledge.break", value="3", count=1)
    received = bytearray()
    async with wired.http.stream("POST", STREAM, json=QUESTION) as response:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await collect(response, received)
    events = events_of(received.decode())
    assert [event["type"] for event in events] == ["textResponseChunk"] * 3
    assert [entry["content"] for entry in await wired.chats("s")] == ["年假几天", text_of(events)]
    assert capfd.readouterr().err == ""


async def test_break_drops_a_blocking_answer_before_it_begins(
    wired: Visitor, faults: FaultBoard, capfd: pytest.CaptureFixture[str]
) -> None:
    faults.switch_on("knowledge.break")
    with pytest.raises(httpx.RemoteProtocolError):
        await wired.http.post(CHAT, json=QUESTION)
    assert capfd.readouterr().err == ""


async def test_a_model_failing_midway_leaves_an_abort_and_a_normal_end(
    visitor: Visitor, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.abort", value="2")
    *chunks, abort, final = await visitor.stream("年假几天", sessionId="s")
    assert [event["type"] for event in chunks] == ["textResponseChunk"] * 2
    assert (abort["type"], abort["error"], abort["textResponse"]) == ("abort", "Premature close", None)
    assert (final["type"], final["error"], final["chatId"]) == ("finalizeResponseStream", False, 1)
    assert final["uuid"] == abort["uuid"] == chunks[0]["uuid"]
    assert (await visitor.chats("s"))[1]["content"] == text_of(chunks)


async def test_a_model_failing_midway_is_a_500_when_blocking(visitor: Visitor, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.abort")
    response = await visitor.http.post(CHAT, json=QUESTION)
    assert (response.status_code, response.json()["error"]) == (500, "Premature close")


@pytest.mark.parametrize("fault", ["knowledge.break", "knowledge.abort"])
async def test_an_answer_shorter_than_the_fault_waits_for_fails_at_its_end(
    wired: Visitor, faults: FaultBoard, fault: str
) -> None:
    faults.switch_on(fault, value="100000", count=1)
    try:
        events = await wired.stream("年假几天", sessionId="s")
    except httpx.RemoteProtocolError:
        assert fault == "knowledge.break"
    else:
        assert [event["type"] for event in events[-2:]] == ["abort", "finalizeResponseStream"]


async def test_a_busy_model_is_an_abort_that_starts_with_429(visitor: Visitor, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.busy")
    blocking = await visitor.http.post(CHAT, json=QUESTION)
    streamed = await visitor.http.post(STREAM, json=QUESTION)
    [event] = events_of(streamed.text)
    assert (blocking.status_code, streamed.status_code) == (500, 200)
    for abort in (blocking.json(), event):
        assert abort["type"] == "abort"
        assert abort["error"].startswith("429 Rate limit")
        assert "id" in abort


async def test_stall_is_silence_before_the_first_piece(
    visitor: Visitor, faults: FaultBoard, naps: Naps
) -> None:
    faults.switch_on("knowledge.stall", value="20")
    events = await visitor.stream("年假几天", sessionId="s")
    assert naps.taken[0] == 20
    assert set(naps.taken[1:]) == {0}
    assert events[-1]["type"] == "finalizeResponseStream"


async def test_slow_is_a_pause_after_every_piece(visitor: Visitor, faults: FaultBoard, naps: Naps) -> None:
    faults.switch_on("knowledge.slow", value="0.5")
    events = await visitor.stream("年假几天", sessionId="s")
    assert naps.taken.count(0.5) == len(events) - 2


async def test_a_value_that_is_no_number_is_explained(visitor: Visitor, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.stall", value="soon")
    [event] = await visitor.stream("年假几天")
    assert event["error"] == "The fault knowledge.stall was given 'soon'. Give it a number, or no value."
