"""Threads: begun, used, renamed, deleted; and what each path says of one that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.anythingllm.visitor import (
    API_KEY,
    Visitor,
    client_of,
    events_of,
    text_of,
)
from emulators.tests.contract.rag_server.clients import FOLLOW_UP, TRAVEL_QUESTION

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.clients import Naps

THREADS = "/api/v1/workspace/handbook/thread"
NULL = "Cannot read properties of null (reading 'id')"


async def begin(visitor: Visitor, **body: Any) -> str:
    begun = (await visitor.http.post(f"{THREADS}/new", json=body)).json()
    assert begun["message"] is None
    return str(begun["thread"]["slug"])


async def ask(visitor: Visitor, thread: str, question: str) -> dict[str, Any]:
    body = {"message": question, "mode": "query", "sessionId": "ignored"}
    answer: dict[str, Any] = (await visitor.http.post(f"{THREADS}/{thread}/chat", json=body)).json()
    return answer


async def test_a_thread_remembers_what_was_said_in_it(visitor: Visitor) -> None:
    thread, other = await begin(visitor), await begin(visitor, slug="dt-2", name="小明")
    await ask(visitor, thread, TRAVEL_QUESTION)
    assert "员工为 600 元" in (await ask(visitor, thread, FOLLOW_UP))["textResponse"]
    chats = [(await visitor.http.get(f"{THREADS}/{one}/chats")).json()["history"] for one in (thread, other)]
    assert [entry["content"] for entry in chats[0] if entry["role"] == "user"] == [TRAVEL_QUESTION, FOLLOW_UP]
    assert chats[1] == []
    assert await visitor.chats("ignored") == []


async def test_a_thread_streams_like_a_workspace(visitor: Visitor) -> None:
    thread = await begin(visitor)
    body = {"message": "年假几天", "mode": "query"}
    events = events_of((await visitor.http.post(f"{THREADS}/{thread}/stream-chat", json=body)).text)
    assert text_of(events).startswith("根据《休假制度》")
    assert events[-1]["type"] == "finalizeResponseStream"


async def test_the_threads_of_a_workspace_are_listed_with_their_names(visitor: Visitor) -> None:
    thread = await begin(visitor, slug="dt-1", name="小明")
    await visitor.http.post(f"{THREADS}/{thread}/update", json={"name": "小红"})
    [workspace] = (await visitor.http.get("/api/v1/workspace/handbook")).json()["workspace"]
    assert [(one["slug"], one["name"]) for one in workspace["threads"]] == [("dt-1", "小红")]
    await visitor.http.delete(f"{THREADS}/{thread}")
    [workspace] = (await visitor.http.get("/api/v1/workspace/handbook")).json()["workspace"]
    assert workspace["threads"] == []


async def test_an_unknown_thread_is_a_404_or_streamed_a_400(visitor: Visitor) -> None:
    for end, status in (("chat", 404), ("stream-chat", 400)):
        response = await visitor.http.post(f"{THREADS}/nope/{end}", json={"message": "年假"})
        assert (response.status_code, response.json()["type"]) == (status, "abort")
    assert (await visitor.http.get(f"{THREADS}/nope/chats")).status_code == 400
    assert (await visitor.http.post(f"{THREADS}/nope/update", json={"name": "x"})).status_code == 400


async def test_a_thread_of_an_unknown_workspace_is_a_200_without_a_content_type(visitor: Visitor) -> None:
    path = "/api/v1/workspace/nope/thread"
    streamed = await visitor.http.post(f"{path}/t/stream-chat", json={"message": "年假"})
    [abort] = events_of(streamed.text)
    assert (streamed.status_code, "content-type" in streamed.headers) == (200, False)
    assert (abort["type"], abort["error"]) == ("abort", NULL)
    assert (await visitor.http.post(f"{path}/t/chat", json={"message": "年假"})).status_code == 404
    new = await visitor.http.post(f"{path}/new", json={})
    assert (new.status_code, new.text) == (400, "Bad Request")


@pytest.mark.parametrize("mime", ["image/png", "application/anythingllm-document"])
async def test_an_attachment_is_a_picture_or_a_source_without_a_score(visitor: Visitor, mime: str) -> None:
    attachment = {"name": "座位表.txt", "mime": mime, "contentString": "data:text/plain;base64,5bel5L2NIDQ="}
    answer = (await visitor.ask("年假几天", attachments=[attachment])).json()
    if mime == "image/png":
        assert "1 张图片" in answer["textResponse"]
        assert all("score" in source for source in answer["sources"])
    else:
        brought = answer["sources"][0]
        assert (brought["title"], "score" in brought) == ("座位表.txt", False)
        assert brought["text"].endswith("工位 4")


async def test_a_document_is_context_enough_for_query_mode(visitor: Visitor) -> None:
    attachment = {
        "name": "a.txt",
        "mime": "application/anythingllm-document",
        "contentString": "data:,not%20encoded",
    }
    refused = (await visitor.ask("今天天气怎么样？")).json()
    answered = (await visitor.ask("今天天气怎么样？", attachments=[attachment, "odd", {}])).json()
    assert ("chatId" in refused, "chatId" in answered) == (False, True)
    assert answered["sources"][0]["text"].endswith("not encoded")


async def test_threads_of_an_account_have_a_history_of_their_own(faults: FaultBoard, naps: Naps) -> None:
    server = KnowledgeServer(api_key=API_KEY, faults=faults, app="multi-user", piece_delay=0, sleep=naps)
    async with client_of(server) as http:
        visitor = Visitor(http)
        thread = await begin(visitor, userId=1)
        for user in (1, 2):
            body = {"message": TRAVEL_QUESTION, "mode": "query", "userId": user}
            await http.post(f"{THREADS}/{thread}/chat", json=body)
        listed = (await http.get(f"{THREADS}/{thread}/chats")).json()["history"]
        unknown = (await http.post(f"{THREADS}/new", json={"userId": 99})).json()
    await server.stop()
    assert [entry["role"] for entry in listed] == ["user", "assistant"]
    assert (unknown["thread"], bool(unknown["message"])) == (None, True)
