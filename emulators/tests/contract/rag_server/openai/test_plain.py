"""A plain OpenAI-compatible server: chunks, usage, memory, pictures, reasoning."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from emulators.rag_server.http.streaming import kept_alive
from emulators.tests.contract.rag_server.clients import data_of
from emulators.tests.contract.rag_server.openai.caller import PATH, QUESTION, body, content_of, stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx

    from emulators.faults import FaultBoard
    from emulators.rag_server import KnowledgeServer


async def test_the_models_are_the_workspaces(http: httpx.AsyncClient) -> None:
    listed = (await http.get("/v1/models")).json()
    assert listed["object"] == "list"
    assert [(one["id"], one["object"]) for one in listed["data"]] == [("handbook", "model"), ("it", "model")]


async def test_a_stream_is_a_role_the_text_a_reason_and_done(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, json=body(stream=True))
    first, *middle, last = data_of(response.text)
    assert response.text.endswith("data: [DONE]\n\n")
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert {one["choices"][0]["finish_reason"] for one in [first, *middle]} == {None}
    assert last["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    assert {one["object"] for one in [first, *middle, last]} == {"chat.completion.chunk"}
    assert len({one["id"] for one in [first, *middle, last]}) == 1


async def test_usage_comes_last_without_choices_and_only_when_asked_for(http: httpx.AsyncClient) -> None:
    assert not any("usage" in chunk for chunk in await stream(http))
    *_, last = await stream(http, stream_options={"include_usage": True})
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > last["usage"]["completion_tokens"] > 0


async def test_a_whole_answer_says_what_a_stream_says(http: httpx.AsyncClient) -> None:
    whole = (await http.post(PATH, json=body())).json()
    [choice] = whole["choices"]
    assert choice["message"] == {"role": "assistant", "content": content_of(await stream(http))}
    assert (whole["object"], choice["finish_reason"]) == ("chat.completion", "stop")


async def test_a_session_is_what_the_request_holds(http: httpx.AsyncClient) -> None:
    earlier = [
        {"role": "system", "content": "简短回答。"},
        {"role": "user", "content": "年终奖怎么算"},
        {"role": "assistant", "content": "看手册。"},
    ]
    asked = [{"role": "user", "content": "什么时候发？"}]
    for messages, knows in ((earlier + asked, True), (asked, False)):
        whole = (await http.post(PATH, json=body(messages=messages))).json()
        assert ("年终奖" in whole["choices"][0]["message"]["content"]) is knows


async def test_pictures_are_accepted_beside_the_text(
    http: httpx.AsyncClient, server: KnowledgeServer
) -> None:
    parts = [
        {"type": "text", "text": QUESTION},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        {"type": "image_url", "image_url": {"url": "https://example.com/desk.png"}},
    ]
    text = content_of(await stream(http, messages=[{"role": "user", "content": parts}]))
    assert text.startswith("根据《休假制度》")
    assert "2 张图片" in text
    assert server.requests[0].question == QUESTION


@pytest.mark.parametrize(
    ("style", "fields"),
    [
        (None, {"reasoning_content"}),
        ("", {"reasoning"}),
        ("both", {"reasoning_content", "reasoning"}),
    ],
)
async def test_reasoning_has_a_field_of_its_own(
    http: httpx.AsyncClient, faults: FaultBoard, style: str | None, fields: set[str]
) -> None:
    faults.switch_on("knowledge.think")
    if style is not None:
        faults.switch_on("knowledge.openai.reasoning", value=style)
    chunks = await stream(http)
    thoughts = [chunk["choices"][0]["delta"] for chunk in chunks[1:4]]
    assert all(set(delta) == fields for delta in thoughts)
    assert content_of(chunks).startswith("根据《休假制度》")
    message = (await http.post(PATH, json=body())).json()["choices"][0]["message"]
    assert message["reasoning_content"].startswith("员工问的是制度")


async def test_reasoning_can_be_part_of_the_text(http: httpx.AsyncClient, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.think")
    faults.switch_on("knowledge.openai.reasoning", value="tag")
    text = content_of(await stream(http))
    assert text.startswith("<think>员工问的是制度")
    assert "</think>根据《休假制度》" in text


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_an_answer_can_end_for_another_reason(
    http: httpx.AsyncClient, faults: FaultBoard, reason: str
) -> None:
    faults.switch_on("knowledge.openai.finish", value=reason)
    *_, last = await stream(http)
    whole = (await http.post(PATH, json=body())).json()
    assert last["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"] == reason


async def test_done_can_be_missing(http: httpx.AsyncClient, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.openai.no_done")
    assert "[DONE]" not in (await http.post(PATH, json=body(stream=True))).text


async def test_chunks_can_be_odd_without_the_text_being_another(
    http: httpx.AsyncClient, faults: FaultBoard
) -> None:
    usual = content_of(await stream(http))
    faults.switch_on("knowledge.openai.odd_chunks")
    chunks = await stream(http)
    assert content_of(chunks) == usual
    assert any("choices" not in chunk for chunk in chunks)
    assert any(chunk.get("choices") == [] for chunk in chunks)
    choices = [choice for chunk in chunks for choice in chunk.get("choices", [])]
    assert any(choice["delta"] is None for choice in choices)
    assert any(choice["finish_reason"] == "" for choice in choices)


async def test_comments_come_while_nothing_else_does() -> None:
    go_on = asyncio.Event()

    async def events() -> AsyncGenerator[bytes, None]:
        await go_on.wait()
        yield b"data: 1\n\n"

    stream = kept_alive(events(), b": keep-alive\n\n", 0.001)
    assert [await anext(stream), await anext(stream)] == [b": keep-alive\n\n"] * 2
    go_on.set()
    assert [event async for event in stream][-1] == b"data: 1\n\n"
