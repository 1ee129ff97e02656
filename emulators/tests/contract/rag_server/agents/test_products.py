"""The agent products: what each path says, in the product's own form."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from emulators.rag_server import KnowledgeServer
from emulators.rag_server.agents.presets import PRESETS
from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION, client_of, data_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.clients import Naps

KEY = "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
ANSWER = "根据《差旅报销标准（2026 版）》"


@pytest.fixture
def serving(faults: FaultBoard, naps: Naps) -> Any:
    @asynccontextmanager
    async def serve(app: str) -> AsyncIterator[httpx.AsyncClient]:
        server = KnowledgeServer(api_key=KEY, faults=faults, kind="http", app=app, piece_delay=0, sleep=naps)
        async with client_of(server, KEY) as http:
            yield http
        await server.stop()

    return serve


def objects(text: str) -> list[dict[str, Any]]:
    """JSON values one after the other, whatever is between them."""
    found, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        value, at = json.JSONDecoder().raw_decode(text, at)
        found.append(value)
    return found


async def test_n8n_glues_objects_and_ends_each_run(serving: Any) -> None:
    async with serving("n8n") as http:
        http.auth = ("sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1", "")
        wrong = await http.post("/webhook/handbook/chat", json={"chatInput": "年假"})
        headers = {"Authorization": "Basic c2stWng4WXc3VnU2VHM1UnE0UG8zTm0yTGsx"}
        http.auth = None
        body = {"action": "sendMessage", "sessionId": "s", "chatInput": TRAVEL_QUESTION}
        told = await http.post("/webhook/handbook/chat", json=body, headers=headers)
        gone = await http.post("/webhook/nope/chat", json=body, headers=headers)
    events = objects(told.text)
    assert wrong.status_code == 403
    assert told.headers["content-type"].startswith("application/json")
    assert (events[0]["type"], events[-1]["type"], "}{" in told.text) == ("begin", "end", True)
    assert "".join(one["content"] for one in events if one["type"] == "item").startswith(ANSWER)
    assert (gone.status_code, "not registered" in gone.json()["message"]) == (404, True)


async def test_langflow_tells_the_persons_own_message_and_the_whole_result(serving: Any) -> None:
    async with serving("langflow") as http:
        http.headers["x-api-key"] = KEY
        body = {"input_value": TRAVEL_QUESTION, "session_id": "s"}
        told = objects((await http.post("/api/v1/run/handbook?stream=true", json=body)).text)
        whole = (await http.post("/api/v1/run/handbook", json=body)).json()
        http.headers["x-api-key"] = "wrong"
        refused = await http.post("/api/v1/run/handbook", json=body)
    assert [one["data"]["sender"] for one in told if one["event"] == "add_message"] == ["User", "Machine"]
    result = told[-1]["data"]["result"]["outputs"][0]["outputs"][0]["results"]["message"]["text"]
    assert result == "".join(one["data"]["chunk"] for one in told if one["event"] == "token")
    assert whole["outputs"][0]["outputs"][0]["results"]["message"]["text"].startswith(ANSWER)
    assert refused.status_code == 401


async def test_flowise_puts_a_word_before_each_event_and_metadata_behind(
    serving: Any, faults: FaultBoard
) -> None:
    async with serving("flowise") as http:
        body = {"question": TRAVEL_QUESTION, "streaming": True, "chatId": "c"}
        told = (await http.post("/api/v1/prediction/handbook", json=body)).text
        faults.switch_on("knowledge.http.flowise.whole")
        whole = (await http.post("/api/v1/prediction/handbook", json=body)).json()
        missing = await http.post("/api/v1/prediction/nope", json=body)
        vote = {"chatflowid": "f", "chatId": "c", "messageId": "m", "rating": "THUMBS_UP"}
        voted = await http.post("/api/v1/feedback", json=vote)
    assert told.startswith('message:\ndata:{"event": "start"')
    assert told.endswith('message\ndata:{"event": "end", "data": "[DONE]"}\n\n')
    metadata = next(one["data"] for one in data_of(told) if one["event"] == "metadata")
    assert (metadata["chatId"], len(metadata["followUpPrompts"])) == ("c", 2)
    assert whole["text"].startswith(ANSWER)
    assert isinstance(json.loads(whole["followUpPrompts"]), list)
    assert (missing.status_code, voted.status_code) == (404, 200)


async def test_lightrag_names_its_references_first_and_has_no_last_word(
    serving: Any, faults: FaultBoard
) -> None:
    async with serving("lightrag") as http:
        http.headers["x-api-key"] = KEY
        told = objects((await http.post("/query/stream", json={"query": TRAVEL_QUESTION})).text)
        short = await http.post("/query/stream", json={"query": "假"})
        faults.switch_on("knowledge.http.lightrag.no_context")
        [canned] = objects((await http.post("/query/stream", json={"query": TRAVEL_QUESTION})).text)
    assert list(told[0]) == ["references"]
    assert list(told[-1]) == ["response"]
    assert short.status_code == 422
    assert canned["response"].endswith("[no-context]")
    assert canned["llm_generated"] is False


async def test_maxkb_opens_a_chat_and_takes_one_vote_at_a_time(serving: Any) -> None:
    async with serving("maxkb") as http:
        chat = (await http.get("/chat/api/open")).json()["data"]
        body = {"message": TRAVEL_QUESTION, "stream": True}
        told = data_of((await http.post(f"/chat/api/chat_message/{chat}", json=body)).text)
        record = told[-1]["chat_record_id"]
        found = (await http.get(f"/chat/api/historical_conversation/{chat}/record/{record}")).json()
        path = f"/chat/api/vote/chat/{chat}/chat_record/{record}"
        votes = [
            (await http.put(path, json={"vote_status": vote})).json()["code"]
            for vote in ("0", "1", "-1", "1")
        ]
        unknown = await http.post("/chat/api/chat_message/nope", json=body)
    assert (told[0]["is_end"], told[-1]["is_end"]) == (False, True)
    assert found["data"]["paragraph_list"][0]["document_name"].startswith("差旅报销标准")
    assert votes == [200, 500, 200, 200]
    assert (unknown.status_code, unknown.json()["code"]) == (200, 500)


async def test_weknora_needs_a_session_and_only_complete_ends_the_turn(serving: Any) -> None:
    async with serving("weknora") as http:
        http.headers["x-api-key"] = KEY
        session = (await http.post("/api/v1/sessions", json={})).json()["data"]["id"]
        body = {"query": TRAVEL_QUESTION, "knowledge_base_ids": ["handbook"]}
        told = data_of((await http.post(f"/api/v1/knowledge-chat/{session}", json=body)).text)
        missing = await http.post("/api/v1/knowledge-chat/nope", json=body)
        base = {**body, "knowledge_base_ids": ["nope"]}
        unknown = await http.post(f"/api/v1/knowledge-chat/{session}", json=base)
    kinds = [one["response_type"] for one in told]
    assert (kinds[0], kinds[1], kinds[-1]) == ("agent_query", "references", "complete")
    assert (missing.status_code, missing.json()["success"]) == (404, False)
    assert unknown.status_code == 404


async def test_an_agent_of_ones_own_says_what_it_is_called_first_and_end_last(serving: Any) -> None:
    async with serving("native") as http:
        told = objects((await http.post("/ask", json={"question": TRAVEL_QUESTION, "session": "s"})).text)
    assert (told[0]["type"], told[-1]) == ("ids", {"type": "end"})


@pytest.mark.parametrize("app", PRESETS)
async def test_a_path_that_does_not_exist_is_refused_in_the_products_form(serving: Any, app: str) -> None:
    async with serving(app) as http:
        assert (await http.get("/nowhere")).status_code == 404
