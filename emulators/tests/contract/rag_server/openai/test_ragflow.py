"""RAGFlow: an assistant in the path, citations on request, errors that look like answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION, data_of

if TYPE_CHECKING:
    from emulators.faults import FaultBoard

PATH = "/api/v1/openai/handbook/chat/completions"
OLD_PATH = "/api/v1/chats_openai/handbook/chat/completions"


def body(**more: Any) -> dict[str, Any]:
    return {"model": "model", "messages": [{"role": "user", "content": TRAVEL_QUESTION}], **more}


async def stream(http: httpx.AsyncClient, **more: Any) -> list[dict[str, Any]]:
    response = await http.post(PATH, json=body(stream=True, **more))
    assert response.text.startswith("data:{")
    assert response.text.endswith("data:[DONE]\n\n")
    return [chunk["choices"][0]["delta"] for chunk in data_of(response.text)]


@pytest.mark.parametrize("path", [PATH, OLD_PATH])
async def test_citations_come_only_when_the_body_asks_for_them(http: httpx.AsyncClient, path: str) -> None:
    plain = (await http.post(path, json=body(stream=False))).json()["choices"][0]["message"]
    cited = (await http.post(path, json=body(stream=False, extra_body={"reference": True}))).json()
    reference = cited["choices"][0]["message"]["reference"]
    assert "reference" not in plain
    assert reference["chunks"][0]["document_name"] == "差旅报销标准（2026 版）.md"
    assert reference["doc_aggs"][0]["count"] >= 1


async def test_the_last_chunk_holds_the_citations_and_the_whole_text(http: httpx.AsyncClient) -> None:
    *spoken, last = await stream(http, extra_body={"reference": True})
    assert last["content"] is None
    assert last["final_content"] == "".join(delta["content"] for delta in spoken)
    assert last["final_content"].endswith(" [ID:0]")
    assert last["reference"]["chunks"]
    assert "final_content" not in (await stream(http))[-1]


async def test_thoughts_are_part_of_the_text(http: httpx.AsyncClient, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.think")
    text = "".join(delta["content"] or "" for delta in await stream(http))
    assert text.startswith("<think>")
    assert "</think>根据" in text


async def test_pictures_are_ignored(http: httpx.AsyncClient) -> None:
    parts = [
        {"type": "text", "text": TRAVEL_QUESTION},
        {"type": "image_url", "image_url": {"url": "https://x/y"}},
    ]
    deltas = await stream(http, messages=[{"role": "user", "content": parts}])
    assert "张图片" not in "".join(delta["content"] or "" for delta in deltas)


async def test_business_errors_are_a_200_with_a_code(http: httpx.AsyncClient) -> None:
    unknown = await http.post("/api/v1/openai/nope/chat/completions", json=body())
    empty = await http.post(PATH, json=body(messages=[]))
    for response in (unknown, empty):
        assert (response.status_code, response.json()["code"]) == (200, 102)


async def test_a_wrong_key_is_a_401(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, json=body(), headers={"Authorization": "Bearer wrong"})
    assert (response.status_code, response.json()["code"]) == (401, 401)


async def test_a_crash_midway_is_text_and_a_normal_end(http: httpx.AsyncClient, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.abort", value="2")
    deltas = await stream(http)
    assert deltas[-2]["content"].startswith("\n**ERROR**: Premature close")


@pytest.mark.parametrize("path", [PATH, "/api/v1/chat/completions", "/v1/chat/completions"])
@pytest.mark.parametrize("more", [{"stream": True}, {"stream": False}])
async def test_every_server_can_drop_its_connection(
    wired: httpx.AsyncClient, faults: FaultBoard, path: str, more: dict[str, Any]
) -> None:
    faults.switch_on("knowledge.break")
    with pytest.raises(httpx.RemoteProtocolError):
        await wired.post(path, json=body(model="handbook", **more))
