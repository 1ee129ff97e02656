from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulators.rag_server.anythingllm.asking import read_ask
from emulators.rag_server.anythingllm.versions import VERSIONS
from emulators.rag_server.http.recording import RecordedRequest
from emulators.rag_server.http.router import RejectedError

if TYPE_CHECKING:
    from emulators.rag_server import KnowledgeServer
    from emulators.rag_server.versions import Version
    from emulators.tests.contract.rag_server.anythingllm.visitor import Visitor

CHAT = "/api/v1/workspace/handbook/chat"
STREAM = "/api/v1/workspace/handbook/stream-chat"


async def test_ping_needs_no_key(visitor: Visitor) -> None:
    response = await visitor.http.get("/api/ping", headers={"Authorization": ""})
    assert response.json() == {"online": True}


@pytest.mark.parametrize("header", ["", "Bearer wrong", "ABCDEFG-HIJKLMN-OPQRSTU-VWXYZ01", "Bearer"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/auth"), ("POST", CHAT), ("POST", STREAM)])
async def test_without_the_key_everything_is_403_json(
    visitor: Visitor, method: str, path: str, header: str
) -> None:
    response = await visitor.http.request(method, path, headers={"Authorization": header})
    assert (response.status_code, response.json()) == (403, {"error": "No valid api key found."})


async def test_the_scheme_before_the_key_is_not_looked_at(visitor: Visitor) -> None:
    key = visitor.http.headers["Authorization"].removeprefix("Bearer ")
    response = await visitor.http.get("/api/v1/auth", headers={"Authorization": f"Token {key}"})
    assert (response.status_code, response.json()) == (200, {"authenticated": True})


async def test_workspaces_are_listed_with_slug_name_and_mode(visitor: Visitor) -> None:
    listed = (await visitor.http.get("/api/v1/workspaces")).json()["workspaces"]
    assert [(one["slug"], one["name"], one["chatMode"], one["threads"]) for one in listed] == [
        ("handbook", "员工手册", "chat", []),
        ("it", "IT 服务台", "chat", []),
    ]


async def test_a_workspace_is_a_list_of_one_or_none(visitor: Visitor) -> None:
    known = (await visitor.http.get("/api/v1/workspace/it")).json()
    unknown = await visitor.http.get("/api/v1/workspace/nope")
    assert [one["slug"] for one in known["workspace"]] == ["it"]
    assert (unknown.status_code, unknown.json()) == (200, {"workspace": []})


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/v1/workspace/handbook/query"), ("GET", CHAT), ("GET", "/"), ("DELETE", "/api/nope")],
)
async def test_a_wrong_path_or_method_is_answered_by_the_web_page(
    visitor: Visitor, server: KnowledgeServer, method: str, path: str
) -> None:
    response = await visitor.http.request(method, path)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert server.requests == [RecordedRequest(method, path, None, None)]


@pytest.mark.parametrize("end", ["chat", "stream-chat"])
async def test_an_unknown_workspace_is_a_400_abort(visitor: Visitor, end: str) -> None:
    response = await visitor.http.post(f"/api/v1/workspace/nope/{end}", json={"message": "年假"})
    body = response.json()
    assert isinstance(body.pop("id"), str)
    assert response.status_code == 400
    assert body == {
        "type": "abort",
        "textResponse": None,
        "sources": [],
        "close": True,
        "error": "Workspace nope is not a valid workspace.",
    }


@pytest.mark.parametrize("path", [CHAT, STREAM])
@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "Message is empty"),
        ({"message": ""}, 400, "Message is empty"),
        ({"message": 7}, 400, "Message is empty"),
        ({"message": "年假", "mode": "agent"}, 400, "agent is not a valid mode."),
        ({"message": ["年假"]}, 500, "message.startsWith is not a function"),
    ],
)
async def test_a_bad_question_is_an_abort(
    visitor: Visitor, path: str, body: dict[str, Any], status: int, error: str
) -> None:
    response = await visitor.http.post(path, json=body)
    assert (response.status_code, response.json()["type"], response.json()["error"]) == (
        status,
        "abort",
        error,
    )


async def test_broken_json_is_a_400_page(visitor: Visitor) -> None:
    response = await visitor.http.post(CHAT, content=b'{"message": ')
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/html")


async def test_json_sent_as_plain_text_is_understood(visitor: Visitor) -> None:
    response = await visitor.http.post(
        CHAT, content='{"message": "年假几天"}'.encode(), headers={"Content-Type": "text/plain"}
    )
    assert response.json()["type"] == "textResponse"


async def test_a_blocking_answer_has_the_products_shape(visitor: Visitor) -> None:
    answer = (await visitor.ask("打车能报多少", sessionId="s")).json()
    assert set(answer) == {
        "id",
        "type",
        "close",
        "error",
        "chatId",
        "textResponse",
        "sources",
        "metrics",
    }
    assert (answer["type"], answer["close"], answer["error"], answer["chatId"]) == (
        "textResponse",
        True,
        None,
        1,
    )
    assert "150 元" in answer["textResponse"]
    assert set(answer["metrics"]) == {
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "duration",
        "outputTps",
        "model",
        "provider",
        "timestamp",
    }


async def test_sources_are_one_per_chunk_with_the_products_keys(visitor: Visitor) -> None:
    sources = (await visitor.ask("最新的差旅报销标准是什么？")).json()["sources"]
    assert all(
        list(source)
        == [
            "id",
            "url",
            "title",
            "docAuthor",
            "description",
            "docSource",
            "chunkSource",
            "published",
            "wordCount",
            "token_count_estimate",
            "text",
            "_distance",
            "score",
        ]
        for source in sources
    )
    titles = [source["title"] for source in sources]
    assert titles[0] == "差旅报销标准（2026 版）.md"
    assert len(set(titles)) < len(titles)
    assert len({source["id"] for source in sources}) == len(sources)
    assert sources[0]["text"].startswith(
        "<document_metadata>\nsourceDocument: 差旅报销标准（2026 版）.md\n"
        "published: 1/1/2026, 9:00:00 AM\n</document_metadata>\n\n## 差旅报销标准速览"
    )
    assert sources[0]["url"].startswith("file://")
    assert 0 < sources[0]["score"] <= 1
    assert sources[0]["_distance"] == pytest.approx(1 - sources[0]["score"])


async def test_vector_search_returns_chunks_without_answering(visitor: Visitor) -> None:
    response = await visitor.http.post(
        "/api/v1/workspace/handbook/vector-search", json={"query": "年假几天", "topN": 1, "scoreThreshold": 0}
    )
    [found] = response.json()["results"]
    assert set(found) == {"id", "text", "metadata", "distance", "score"}
    assert found["metadata"]["title"] == "休假制度.md"
    assert await visitor.chats() == []


@pytest.mark.parametrize(
    ("slug", "query", "message"),
    [
        ("nope", "年假", "Workspace nope is not a valid workspace."),
        ("handbook", "", "Query parameter cannot be empty."),
    ],
)
async def test_a_bad_vector_search_says_why(visitor: Visitor, slug: str, query: str, message: str) -> None:
    response = await visitor.http.post(f"/api/v1/workspace/{slug}/vector-search", json={"query": query})
    assert (response.status_code, response.json()) == (400, {"message": message})


async def test_the_server_notes_what_was_asked(visitor: Visitor, server: KnowledgeServer) -> None:
    await visitor.ask("年假几天", sessionId="dt:1")
    await visitor.chats("dt:1")
    assert server.requests == [
        RecordedRequest("POST", CHAT, "dt:1", "年假几天"),
        RecordedRequest("GET", "/api/v1/workspace/handbook/chats", "dt:1", None),
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("message", "mode", "sessionId", "reset"), json_values)),
    st.sampled_from(VERSIONS),
)
def test_any_body_is_read_or_rejected(body: dict[str, Any], version: Version) -> None:
    try:
        ask = read_ask(body, "chat", version)
    except RejectedError as rejected:
        status = rejected.status
    else:
        status = 200 if ask.question or ask.reset else 0
    assert status in {200, 400, 500}


async def test_half_a_character_breaks_nothing(visitor: Visitor) -> None:
    response = await visitor.http.post(CHAT, content=b'{"message": "\\ud83d \xe5\xb9\xb4\xe5\x81\x87"}')
    assert response.status_code == 200
    assert [entry["role"] for entry in await visitor.chats()] == ["user", "assistant"]
