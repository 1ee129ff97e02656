"""What belongs to an answer: suggestions, the conversation, a vote, stopping."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from rag_on_dingtalk.backends.base import NothingFound, Suggestions
from rag_on_dingtalk.backends.http.presets import PRESETS
from rag_on_dingtalk.backends.transport.json_sequence import AnyReader
from rag_on_dingtalk.settings.kinds.http import Call
from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.scripted import body
from tests.contract.backends.products.http.replaying import build, line, replay

if TYPE_CHECKING:
    from rag_on_dingtalk.testing.scripted import ScriptedServer


async def test_a_document_inside_of_the_text_is_unwrapped() -> None:
    inner = json.dumps({"output": "年假 10 天"}, ensure_ascii=False)
    events = (line(type="item", content=inner[:7]), line(type="item", content=inner[7:]), line(type="end"))

    assert (await replay(*events, preset="n8n")).text == "年假 10 天"
    kept = await replay(line(type="item", content="[1] 见手册"), line(type="end"), preset="n8n")
    assert kept.text == "[1] 见手册"


async def test_suggestions_and_a_canned_answer_are_recognised() -> None:
    events = (line(type="delta", text="好"), line(type="suggestions", items=["几次？", 7]), line(type="end"))
    asked = await replay(*events)
    canned = "Sorry, I'm not able to provide an answer to that question.[no-context]"
    nothing = await replay(line(response=canned, llm_generated=False), preset="lightrag")

    assert [part for part in asked.parts if isinstance(part, Suggestions)] == [Suggestions(("几次？",))]
    assert nothing.text.endswith("that question.")
    assert any(isinstance(part, NothingFound) for part in nothing.parts)


async def test_a_conversation_that_is_gone_is_opened_anew_once() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/api/v1/sessions":
            return httpx.Response(201, json={"success": True, "data": {"id": "s-2"}})
        if "s-1" in request.url.path:
            return httpx.Response(404, json={"success": False, "error": {"message": "Session not found"}})
        events = [{"response_type": "answer", "content": "好"}, {"response_type": "complete"}]
        return httpx.Response(200, content="".join(f"data: {json.dumps(one)}\n\n" for one in events))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        ask = msgspec.structs.replace(ASK, conversation_id="s-1")
        seen = await outcome(build(http, preset="weknora", target="kb"), ask)

    assert (seen.error, seen.text) == (None, "好")
    assert seen.identifiers_known.conversation_id == "s-2"
    assert asked == [
        "POST /api/v1/knowledge-chat/s-1",
        "POST /api/v1/sessions",
        "POST /api/v1/knowledge-chat/s-2",
    ]


async def test_a_vote_names_conversation_and_answer_and_is_taken_back_first_where_it_must_be() -> None:
    sent: list[tuple[str, str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        said = json.loads(request.content) if request.content else None
        sent.append((request.method, request.url.path, said))
        return httpx.Response(200, json={"code": 200, "data": True})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        maxkb, flowise = build(http, preset="maxkb"), build(http, preset="flowise", target="f")
        await maxkb.rate('["c/1", "r1"]', liked=False, reason="", user="u")
        await flowise.rate('["c", "m"]', liked=True, reason="清楚", user="u")
        await flowise.rate('["c", "m"]', liked=None, reason="", user="u")
        await build(http, preset="lightrag").rate("m", liked=True, reason="", user="u")

    path = "/chat/api/vote/chat/c%2F1/chat_record/r1".replace("%2F", "/")
    assert [(method, place, said) for method, place, said in sent[:2]] == [
        ("PUT", path, {"vote_status": "-1"}),
        ("PUT", path, {"vote_status": "1"}),
    ]
    vote = {"chatflowid": "f", "chatId": "c", "messageId": "m", "rating": "THUMBS_UP", "content": "清楚"}
    assert sent[2:] == [("POST", "/api/v1/feedback", vote)]


async def test_stopping_calls_the_server_where_it_has_a_call_for_it(
    tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(200, '{"success": true}'))
    ask = msgspec.structs.replace(ASK, conversation_id="s-1")

    await build(tls_free_http, server.url, preset="weknora").stop(ask, "m-1")
    await build(tls_free_http, server.url, preset="n8n").stop(ask, "m-1")

    [stopped] = server.received
    assert (stopped.path, stopped.body) == ("/api/v1/sessions/s-1/stop", {"message_id": "m-1"})


async def test_a_stop_that_is_refused_says_why(
    tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(403, '{"message": "forbidden"}'))
    backend = build(tls_free_http, server.url, stop=Call(path="/stop"))

    with pytest.raises(Exception, match="forbidden"):
        await backend.stop(ASK, "t")


def test_every_preset_has_places_that_can_be_read() -> None:
    for form in PRESETS.values():
        assert form.places()["delta"]


async def test_a_reader_that_was_misled_by_a_lost_prefix_goes_back_to_events() -> None:
    reader = AnyReader()
    pieces = [b'{"a": 1}\n\nda', b'ta: {"a": 2}\n\n', b'data: {"a": 3}']

    events = [event for piece in pieces for event in reader.feed(piece)]
    events += reader.feed(b"", final=True)

    assert [event.fields["a"] for event in events] == [1, 2, 3]
