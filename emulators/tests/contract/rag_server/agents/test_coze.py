"""The emulated Coze: its streams, its refusals under 200, what Coze Studio lacks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.clients import FOLLOW_UP, TRAVEL_QUESTION, client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.clients import Naps

KEY = "pat_Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
PLACES = [("cloud", "2024"), ("cloud", "2026"), ("studio", "2026")]


@pytest.fixture(params=PLACES, ids=" ".join)
async def coze(
    request: pytest.FixtureRequest, faults: FaultBoard, naps: Naps
) -> AsyncIterator[tuple[str, httpx.AsyncClient]]:
    app, version = request.param
    server = KnowledgeServer(
        api_key=KEY, faults=faults, kind="coze", app=app, version=version, piece_delay=0, sleep=naps
    )
    async with client_of(server, KEY) as http:
        yield app, http
    await server.stop()


def asks(question: str, **more: Any) -> dict[str, Any]:
    message = {"role": "user", "type": "question", "content": question, "content_type": "text"}
    whole = {"bot_id": "handbook", "user_id": "u", "stream": True, "additional_messages": [message]}
    return {**whole, **more}


def events_of(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.split("\n\n"):
        if block:
            name, _, rest = block.partition("\n")
            found.append((name.removeprefix("event:"), json.loads(rest.removeprefix("data:"))))
    return found


async def test_a_chat_is_told_from_its_making_to_its_end(coze: tuple[str, httpx.AsyncClient]) -> None:
    app, http = coze
    told = events_of((await http.post("/v3/chat", json=asks(TRAVEL_QUESTION))).text)
    names = [name for name, _ in told]
    deltas = [said["content"] for name, said in told if name.endswith("message.delta")]
    wholes = [said for name, said in told if name.endswith("message.completed")]
    assert names[:2] == ["conversation.chat.created", "conversation.chat.in_progress"]
    assert names[-1] == ("conversation.stream.done" if app == "studio" else "done")
    assert [said["content"] for said in wholes if said["type"] == "answer"] == ["".join(deltas)]
    assert [said["type"] for said in wholes].count("follow_up") == 2
    assert any(said["type"] == ("knowledge" if app == "studio" else "verbose") for said in wholes)


async def test_a_conversation_remembers_and_an_unknown_one_is_new(
    coze: tuple[str, httpx.AsyncClient],
) -> None:
    _, http = coze
    first = events_of((await http.post("/v3/chat", json=asks(TRAVEL_QUESTION))).text)[0][1]
    conversation = first["conversation_id"]
    told = (await http.post(f"/v3/chat?conversation_id={conversation}", json=asks(FOLLOW_UP))).text
    other = events_of((await http.post("/v3/chat?conversation_id=404", json=asks(FOLLOW_UP))).text)
    assert "600 元" in "".join(s["content"] for n, s in events_of(told) if n.endswith("message.delta"))
    assert other[0][1]["conversation_id"] not in {conversation, "404"}


async def test_refusals_are_documents_under_200(coze: tuple[str, httpx.AsyncClient]) -> None:
    app, http = coze
    unknown = await http.post("/v3/chat", json=asks("年假", bot_id="nope"))
    number = await http.post("/v3/chat", json=asks("年假", bot_id=7))
    http.headers["Authorization"] = "Bearer wrong"
    refused = await http.post("/v3/chat", json=asks("年假"))
    codes = [reply.json()["code"] for reply in (unknown, number, refused)]
    assert codes == [103100002 if app == "studio" else 4200, 4000, 700012006]
    assert {reply.status_code for reply in (unknown, number, refused)} == {200}


async def test_only_the_cloud_takes_votes_and_needs_to_be_told_to_stream(
    coze: tuple[str, httpx.AsyncClient],
) -> None:
    app, http = coze
    vote = await http.post("/v1/conversations/1/messages/2/feedback", json={"feedback_type": "like"})
    silent = await http.post("/v3/chat", json=asks("年假", stream=False))
    assert vote.status_code == (404 if app == "studio" else 200)
    assert ("event:" in silent.text) is (app == "studio")
