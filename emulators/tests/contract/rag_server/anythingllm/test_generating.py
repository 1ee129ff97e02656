"""With a model in the environment answers are generated; here it is a small OpenAI-compatible server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from emulators.rag_server.http.hangup import HangUp, hang_up
from emulators.serving import LoopbackServer
from emulators.tests.contract.rag_server.anythingllm.visitor import API_KEY, Visitor, client_of, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from uvicorn._types import ASGIApplication


@dataclass
class Model:
    """An OpenAI-compatible server that says what it is told to."""

    deltas: list[dict[str, Any]] = field(default_factory=lambda: [{"content": "五"}, {"content": "天。"}])
    refusal: tuple[int, Any] | None = None
    breaks: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    authorization: str = ""

    async def complete(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.authorization = request.headers["authorization"]
        if self.refusal:
            status, body = self.refusal
            return JSONResponse(body, status_code=status)
        return StreamingResponse(self._chunks(request), media_type="text/event-stream")

    async def _chunks(self, request: Request) -> AsyncIterator[str]:
        for delta in self.deltas:
            yield f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n"
        if self.breaks:
            await hang_up(request)
            return
        yield f"data: {json.dumps({'choices': [], 'usage': {}})}\n\n"
        yield "data: [DONE]\n\n"


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
async def generating(model: Model) -> AsyncIterator[Visitor]:
    app = HangUp(Starlette(routes=[Route("/v1/chat/completions", model.complete, methods=["POST"])]))
    provider = LoopbackServer(cast("ASGIApplication", app))
    await provider.start()
    server = KnowledgeServer(
        api_key=API_KEY,
        faults=FaultBoard(),
        environment={
            "OPENAI_BASE_URL": f"{provider.url}/v1/",
            "OPENAI_API_KEY": "sk-invented",
            "OPENAI_MODEL": "small",
        },
    )
    async with client_of(server) as http:
        yield Visitor(http)
    await server.stop()
    await provider.stop()


async def test_the_models_pieces_are_passed_on(generating: Visitor, model: Model) -> None:
    events = await generating.stream("年假几天", sessionId="s")
    assert [event.get("textResponse") for event in events] == ["五", "天。", "", None]
    assert events[-1]["metrics"]["model"] == "small"
    assert events[-1]["sources"][0]["title"] == "休假制度.md"
    assert model.authorization == "Bearer sk-invented"


async def test_the_model_reads_the_context_the_session_and_the_question(
    generating: Visitor, model: Model
) -> None:
    await generating.ask("年假几天", sessionId="s")
    await generating.ask("没休完怎么办？", sessionId="s")
    system, *turns = model.asked[-1]["messages"]
    assert "《休假制度》" in system["content"]
    assert [(turn["role"], turn["content"]) for turn in turns] == [
        ("user", "年假几天"),
        ("assistant", "五天。"),
        ("user", "没休完怎么办？"),
    ]
    assert (model.asked[-1]["model"], model.asked[-1]["stream"]) == ("small", True)


async def test_chunks_cited_before_fill_up_the_context_but_not_the_sources(
    generating: Visitor, model: Model
) -> None:
    await generating.ask("年假几天", sessionId="s")
    answer = (await generating.ask("今天天气怎么样？", sessionId="s")).json()
    assert answer["sources"] == []
    assert "《休假制度》" in model.asked[-1]["messages"][0]["content"]


async def test_a_refusal_does_not_call_the_model(generating: Visitor, model: Model) -> None:
    await generating.ask("今天天气怎么样？", sessionId="s")
    assert model.asked == []


async def test_reasoning_comes_first_between_think_tags(generating: Visitor, model: Model) -> None:
    model.deltas = [{"reasoning_content": "看"}, {"reasoning_content": "手册"}, {"content": "五天。"}]
    events = await generating.stream("年假几天")
    assert [event["textResponse"] for event in events[:-2]] == ["<think>看", "手册", "</think>", "五天。"]


async def test_reasoning_without_an_answer_is_never_closed(generating: Visitor, model: Model) -> None:
    model.deltas = [{"reasoning_content": "看手册"}]
    assert text_of(await generating.stream("年假几天")) == "<think>看手册"


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ((429, {"error": {"message": "Rate limit reached"}}), "429 Rate limit reached"),
        ((401, {"error": {"message": "Incorrect key"}}), "401 Incorrect key"),
        ((503, {"detail": "down"}), '503 {"detail":"down"}'),
        ((500, ["odd"]), '500 ["odd"]'),
    ],
)
async def test_a_models_refusal_is_an_abort_that_starts_with_its_status(
    generating: Visitor, model: Model, refusal: tuple[int, Any], error: str
) -> None:
    model.refusal = refusal
    blocking = await generating.ask("年假几天")
    [event] = await generating.stream("年假几天")
    assert blocking.status_code == 500
    assert blocking.json()["error"] == event["error"] == error


async def test_a_model_that_breaks_midway_leaves_an_abort_and_a_normal_end(
    generating: Visitor, model: Model
) -> None:
    model.breaks = True
    *chunks, abort, final = await generating.stream("年假几天", sessionId="s")
    assert text_of(chunks) == "五天。"
    assert (abort["type"], abort["error"]) == ("abort", "Premature close")
    assert final["type"] == "finalizeResponseStream"


async def test_a_model_that_is_not_there_is_an_abort() -> None:
    server = KnowledgeServer(
        api_key=API_KEY,
        faults=FaultBoard(),
        environment={"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_MODEL": "small"},
    )
    async with client_of(server) as http:
        [event] = await Visitor(http).stream("年假几天")
    await server.stop()
    assert event["error"].startswith("Connection error:")


async def test_an_address_is_known_only_after_the_start() -> None:
    server = KnowledgeServer(api_key=API_KEY, faults=FaultBoard())
    with pytest.raises(RuntimeError, match="Await start"):
        _ = server.url
    await server.stop()
