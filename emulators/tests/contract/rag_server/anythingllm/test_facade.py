"""AnythingLLM's OpenAI-style facade: what it leaves out, and what it does not say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.anythingllm.visitor import API_KEY, client_of
from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.anythingllm.visitor import Visitor
    from emulators.tests.contract.rag_server.clients import Naps

PATH = "/api/v1/openai/chat/completions"


def body(question: str = TRAVEL_QUESTION, **more: Any) -> dict[str, Any]:
    return {"model": "handbook", "messages": [{"role": "user", "content": question}], **more}


def choices(text: str) -> list[dict[str, Any]]:
    chunks = [json.loads(line.removeprefix("data: ")) for line in text.split("\n\n") if line]
    assert all(chunk["object"] == "chat.completion" for chunk in chunks)
    return [chunk["choices"][0] for chunk in chunks]


async def test_a_stream_ends_without_done(visitor: Visitor) -> None:
    response = await visitor.http.post(PATH, json=body(stream=True))
    *spoken, last = choices(response.text)
    assert "[DONE]" not in response.text
    assert "".join(one["delta"]["content"] for one in spoken).startswith("根据《差旅报销标准（2026 版）》")
    assert {one["delta"]["role"] for one in spoken} == {"assistant"}
    assert last["finish_reason"] == "stop"


async def test_nothing_is_cited_or_remembered(visitor: Visitor) -> None:
    answer = (await visitor.http.post(PATH, json=body())).json()
    assert set(answer["choices"][0]["message"]) == {"role", "content"}
    assert await visitor.chats() == []


async def test_an_unknown_model_is_a_401_without_a_body(visitor: Visitor) -> None:
    response = await visitor.http.post(PATH, json=body(model="nope"))
    assert (response.status_code, response.content) == (401, b"")


async def test_a_wrong_key_is_a_403_as_elsewhere(visitor: Visitor) -> None:
    response = await visitor.http.post(PATH, json=body(), headers={"Authorization": "Bearer wrong"})
    assert (response.status_code, response.json()) == (403, {"error": "No valid api key found."})


async def test_no_messages_are_a_500_without_a_body(visitor: Visitor) -> None:
    response = await visitor.http.post(PATH, json=body(messages=[]))
    assert (response.status_code, response.content) == (500, b"")


async def test_the_last_message_must_be_the_users(visitor: Visitor) -> None:
    response = await visitor.http.post(PATH, json=body(messages=[{"role": "assistant", "content": "x"}]))
    assert (response.status_code, response.json()["type"]) == (400, "abort")


async def test_a_model_that_refuses_leaves_no_body(visitor: Visitor, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.busy")
    whole = await visitor.http.post(PATH, json=body())
    stream = await visitor.http.post(PATH, json=body(stream=True))
    assert (whole.status_code, whole.content) == (500, b"")
    assert (stream.status_code, stream.content) == (200, b"")


async def test_a_failure_midway_is_a_null_and_then_a_normal_end(visitor: Visitor, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.abort", value="2")
    *_, null, last = choices((await visitor.http.post(PATH, json=body(stream=True))).text)
    assert null["delta"]["content"] is None
    assert last["finish_reason"] == "stop"


async def test_the_model_list_of_1_8_has_no_ids(faults: FaultBoard, naps: Naps) -> None:
    for version, named in (("1.8", "model"), ("1.16", "id")):
        server = KnowledgeServer(api_key=API_KEY, faults=faults, version=version, sleep=naps)
        async with client_of(server) as http:
            data = (await http.get("/api/v1/openai/models")).json()["data"]
        await server.stop()
        assert [entry[named] for entry in data] == ["handbook", "it"]
        assert all(("id" in entry) is (version != "1.8") for entry in data)


@pytest.mark.parametrize("fault", ["knowledge.not_found", "knowledge.error_500"])
async def test_what_the_door_refuses_has_no_body_either(
    visitor: Visitor, faults: FaultBoard, fault: str
) -> None:
    faults.switch_on(fault)
    response = await visitor.http.post(PATH, json=body())
    assert (response.status_code, response.content) == ({"knowledge.not_found": 401}.get(fault, 500), b"")
