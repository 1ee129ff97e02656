"""How the knowledge server is asked as a plain OpenAI-compatible server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.tests.contract.rag_server.clients import data_of

if TYPE_CHECKING:
    import httpx

PATH = "/v1/chat/completions"
QUESTION = "年假几天"


def body(**more: Any) -> dict[str, Any]:
    return {"model": "handbook", "messages": [{"role": "user", "content": QUESTION}], **more}


async def stream(http: httpx.AsyncClient, **more: Any) -> list[dict[str, Any]]:
    response = await http.post(PATH, json=body(stream=True, **more))
    assert response.status_code == 200, response.text
    return data_of(response.text)


def content_of(chunks: list[dict[str, Any]]) -> str:
    deltas = [choice["delta"] or {} for chunk in chunks for choice in chunk.get("choices", [])]
    return "".join(delta.get("content") or "" for delta in deltas)
