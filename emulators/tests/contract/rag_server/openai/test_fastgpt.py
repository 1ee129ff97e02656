"""FastGPT: its memory, its named events, its citations after [DONE], its errors that are all 500."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulators.tests.contract.rag_server.clients import FOLLOW_UP, TRAVEL_QUESTION, blocks, data_of

if TYPE_CHECKING:
    import httpx

    from emulators.faults import FaultBoard
    from emulators.rag_server import KnowledgeServer

PATH = "/api/v1/chat/completions"


def body(question: str = TRAVEL_QUESTION, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": question}], **more}


async def test_without_detail_a_stream_is_a_plain_one(http: httpx.AsyncClient) -> None:
    text = (await http.post(PATH, json=body(stream=True))).text
    assert all(set(block) == {"data"} for block in blocks(text))
    assert text.endswith("data: [DONE]\n\n")


async def test_with_detail_the_citations_follow_done(http: httpx.AsyncClient) -> None:
    events = blocks((await http.post(PATH, json=body(stream=True, detail=True))).text)
    names = [event["event"] for event in events]
    assert names[:2] == ["flowNodeStatus", "flowNodeStatus"]
    assert set(names[2:-1]) == {"answer"}
    assert (names[-1], events[-2]["data"]) == ("flowResponses", "[DONE]")


async def test_a_citation_is_a_quote_of_a_node(http: httpx.AsyncClient) -> None:
    whole = (await http.post(PATH, json=body(detail=True))).json()
    quote = whole["responseData"][0]["quoteList"][0]
    assert {"id", "q", "a", "datasetId", "collectionId", "sourceName", "sourceId", "score"} == set(quote)
    assert quote["sourceName"] == "差旅报销标准（2026 版）.md"
    assert whole["usage"] == {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 1}
    assert "responseData" not in (await http.post(PATH, json=body())).json()


async def test_with_thoughts_the_content_is_a_list_of_parts(
    http: httpx.AsyncClient, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.think")
    content = (await http.post(PATH, json=body(detail=True))).json()["choices"][0]["message"]["content"]
    assert [part["type"] for part in content] == ["reasoning", "text"]
    plain = (await http.post(PATH, json=body())).json()["choices"][0]["message"]["content"]
    assert plain == content[1]["text"]["content"]


@pytest.mark.parametrize("chat", ["c-1", "c-2", ""])
async def test_with_a_chat_id_the_server_remembers(
    http: httpx.AsyncClient, server: KnowledgeServer, chat: str
) -> None:
    await http.post(PATH, json=body("年终奖怎么算", chatId="c-1", stream=True))
    whole = (await http.post(PATH, json=body("什么时候发？", chatId=chat))).json()
    assert ("年终奖" in whole["choices"][0]["message"]["content"]) is (chat == "c-1")
    assert [one.session_id for one in server.requests] == ["c-1", chat or None]


async def test_without_a_chat_id_what_is_sent_counts(http: httpx.AsyncClient) -> None:
    said = [*body()["messages"], {"role": "assistant", "content": "看手册。"}]
    whole = (await http.post(PATH, json={"messages": [*said, *body(FOLLOW_UP)["messages"]]})).json()
    assert "员工为 600 元" in whole["choices"][0]["message"]["content"]


@pytest.mark.parametrize("fault", ["knowledge.unauthorized", "knowledge.not_found", "knowledge.busy"])
async def test_every_refusal_is_a_500_with_the_code_inside(
    http: httpx.AsyncClient, faults: FaultBoard, fault: str
) -> None:
    faults.switch_on(fault)
    response = await http.post(PATH, json=body())
    assert response.status_code == 500
    assert set(response.json()) == {"code", "statusText", "message", "data"}


async def test_a_failure_inside_a_stream_is_an_error_event_without_done(
    http: httpx.AsyncClient, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.abort", value="2")
    response = await http.post(PATH, json=body(stream=True, detail=True))
    assert blocks(response.text)[-1]["event"] == "error"
    assert data_of(response.text)[-1] == {"message": "Premature close"}
    assert "[DONE]" not in response.text
