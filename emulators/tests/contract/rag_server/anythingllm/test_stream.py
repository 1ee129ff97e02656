from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.anythingllm.visitor import (
    API_KEY,
    Visitor,
    client_of,
    events_of,
    text_of,
    wire_client_of,
)

if TYPE_CHECKING:
    from emulators.tests.contract.rag_server.clients import Naps

STREAM = "/api/v1/workspace/handbook/stream-chat"


async def test_the_stream_has_the_products_headers_and_framing(wired: Visitor) -> None:
    response = await wired.http.post(STREAM, json={"message": "年假几天"})
    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["transfer-encoding"] == "chunked"
    assert all(line.startswith("data: {") for line in response.text.split("\n\n") if line)
    assert "[DONE]" not in response.text


async def test_chunks_come_first_then_a_closing_chunk_then_the_final_event(visitor: Visitor) -> None:
    *chunks, closing, final = await visitor.stream("年假几天", sessionId="s")
    assert {event["type"] for event in chunks} == {"textResponseChunk"}
    assert all(event["sources"] == [] and event["close"] is False for event in chunks)
    assert all(event["error"] is False for event in [*chunks, closing, final])
    assert (closing["type"], closing["textResponse"], closing["close"]) == ("textResponseChunk", "", True)
    assert list(final) == ["uuid", "type", "close", "error", "chatId", "metrics", "sources"]
    assert (final["type"], final["close"], final["chatId"]) == ("finalizeResponseStream", True, 1)
    assert final["sources"][0]["title"] == "休假制度.md"
    assert len({event["uuid"] for event in [*chunks, closing, final]}) == 1


async def test_the_streamed_text_is_the_blocking_text_in_small_pieces(visitor: Visitor) -> None:
    events = await visitor.stream("年假几天", sessionId="a")
    whole = (await visitor.ask("年假几天", sessionId="b")).json()["textResponse"]
    assert text_of(events) == whole
    assert all(len(event.get("textResponse") or "") <= 4 for event in events)


async def test_the_pause_between_pieces_is_a_parameter(naps: Naps) -> None:
    server = KnowledgeServer(api_key=API_KEY, faults=FaultBoard(), piece_delay=0.25, sleep=naps)
    async with client_of(server) as http:
        events = await Visitor(http).stream("年假几天")
    await server.stop()
    assert naps.taken == [0.25] * (len(events) - 2)


async def test_a_refusal_is_one_complete_event(visitor: Visitor) -> None:
    [event] = await visitor.stream("今天天气怎么样", sessionId="s")
    assert isinstance(event.pop("id"), str)
    assert event == {
        "type": "textResponse",
        "close": True,
        "error": None,
        "textResponse": "There is no relevant information in this workspace to answer your query.",
        "sources": [],
        "metrics": {},
    }


async def test_a_workspace_may_refuse_in_its_own_words(visitor: Visitor) -> None:
    [event] = await visitor.stream("年假几天", workspace="it")
    [entry] = (await visitor.http.get("/api/v1/workspace/it")).json()["workspace"]
    assert (
        event["textResponse"] == entry["queryRefusalResponse"] == "IT 知识库里没有相关内容，请拨分机 8000。"
    )


async def test_chat_mode_answers_even_when_nothing_was_found(visitor: Visitor) -> None:
    for mode in ("chat", "automatic"):
        events = await visitor.stream("今天天气怎么样", mode=mode, sessionId=mode)
        assert text_of(events).startswith("手册里没有找到")
        assert events[-1]["sources"] == []
        assert "chatId" in events[-1]


async def test_what_a_client_that_left_had_received_is_stored() -> None:
    first_piece = asyncio.Event()

    async def stand_still(_seconds: float) -> None:
        first_piece.set()
        await asyncio.Event().wait()

    server = KnowledgeServer(api_key=API_KEY, faults=FaultBoard(), sleep=stand_still)
    await server.start()
    async with wire_client_of(server) as http:
        visitor = Visitor(http)
        body = {"message": "年假几天", "mode": "query", "sessionId": "s"}
        async with http.stream("POST", STREAM, json=body) as response:
            [event] = events_of(await anext(response.aiter_text()))
            await first_piece.wait()
        # Each look is a request, so the server comes to notice that the client has left.
        stored: list[dict[str, Any]] = []
        while not stored:
            stored = await visitor.chats("s")
    await server.stop()
    assert [entry["content"] for entry in stored] == ["年假几天", event["textResponse"]]
