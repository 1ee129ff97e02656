"""A client of the knowledge server as Dify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.tests.contract.rag_server.clients import data_of

if TYPE_CHECKING:
    import httpx

    from emulators.rag_server import KnowledgeServer

KEY = "app-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
QUESTION = "年假几天"
CHAT = "/v1/chat-messages"
COMPLETION = "/v1/completion-messages"
WORKFLOW = "/v1/workflows/run"
PATHS = {"workflow": WORKFLOW, "completion": COMPLETION}


def body(question: str = QUESTION, **more: Any) -> dict[str, Any]:
    """Fits every kind of app."""
    return {"inputs": {"query": question}, "query": question, "user": "u-1", **more}


@dataclass
class Caller:
    http: httpx.AsyncClient
    server: KnowledgeServer

    async def ask(self, path: str = CHAT, question: str = QUESTION, **more: Any) -> httpx.Response:
        """Blocking, unless told otherwise."""
        return await self.http.post(path, json=body(question, **more))

    async def stream(self, path: str = CHAT, question: str = QUESTION, **more: Any) -> list[dict[str, Any]]:
        """The events of a streamed answer."""
        response = await self.ask(path, question, response_mode="streaming", **more)
        assert response.status_code == 200, response.text
        return data_of(response.text)


def names(events: list[dict[str, Any]]) -> list[str]:
    """The kinds of events in their order, repetitions once."""
    found: list[str] = []
    for event in events:
        if found[-1:] != [event["event"]]:
            found.append(event["event"])
    return found


def text_of(events: list[dict[str, Any]]) -> str:
    """The appended text."""
    return "".join(one["answer"] for one in events if one["event"] in {"message", "agent_message"})
