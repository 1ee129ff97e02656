"""How each product is asked and understood, as far as all of them can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from emulators.tests.contract.rag_server.clients import data_of

if TYPE_CHECKING:
    import httpx

KEY = "app-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"


class Speaker(Protocol):
    kind: str
    path: str

    def body(self, question: str) -> dict[str, Any]:
        """A streaming request that goes on with what was heard before."""
        ...

    def heard(self, question: str, stream: str) -> str:
        """The answer's text; what the next question needs is remembered."""
        ...

    def failure(self, stream: str) -> str:
        """What the stream says has gone wrong."""
        ...


@dataclass
class AnythingLLM:
    kind = "anythingllm"
    path = "/api/v1/workspace/handbook/stream-chat"

    def body(self, question: str) -> dict[str, Any]:
        return {"message": question, "mode": "query", "sessionId": "s"}

    def heard(self, question: str, stream: str) -> str:  # noqa: ARG002 - the server remembers
        events = data_of(stream)
        return "".join(one["textResponse"] for one in events if one["type"] == "textResponseChunk")

    def failure(self, stream: str) -> str:
        return next(str(one["error"]) for one in data_of(stream) if one["type"] == "abort")


@dataclass
class Dify:
    kind = "dify"
    path = "/v1/chat-messages"
    conversation: str = ""

    def body(self, question: str) -> dict[str, Any]:
        return {
            "inputs": {},
            "query": question,
            "user": "u-1",
            "response_mode": "streaming",
            "conversation_id": self.conversation,
        }

    def heard(self, question: str, stream: str) -> str:  # noqa: ARG002 - the server remembers
        events = data_of(stream)
        self.conversation = events[0]["conversation_id"]
        return "".join(one["answer"] for one in events if one["event"] == "message")

    def failure(self, stream: str) -> str:
        return next(str(one["message"]) for one in data_of(stream) if one["event"] == "error")


@dataclass
class OpenAI:
    kind = "openai"
    path = "/v1/chat/completions"
    said: list[dict[str, str]] = field(default_factory=list)

    def body(self, question: str) -> dict[str, Any]:
        messages = [*self.said, {"role": "user", "content": question}]
        return {"model": "handbook", "stream": True, "messages": messages}

    def heard(self, question: str, stream: str) -> str:
        deltas = [one["choices"][0]["delta"] for one in data_of(stream)]
        text = "".join(delta.get("content", "") for delta in deltas)
        self.said += [{"role": "user", "content": question}, {"role": "assistant", "content": text}]
        return text

    def failure(self, stream: str) -> str:
        return next(str(one["error"]["message"]) for one in data_of(stream) if "error" in one)


@dataclass
class Bailian:
    kind = "bailian"
    path = "/api/v1/apps/handbook/completion"
    session: str = ""

    def body(self, question: str) -> dict[str, Any]:
        named = {"session_id": self.session} if self.session else {}
        return {"input": {"prompt": question, **named}, "parameters": {"incremental_output": True}}

    def heard(self, question: str, stream: str) -> str:  # noqa: ARG002 - the server remembers
        outputs = [one["output"] for one in data_of(stream)]
        self.session = outputs[-1]["session_id"]
        return "".join(output["text"] for output in outputs)

    def failure(self, stream: str) -> str:
        return next(str(one["message"]) for one in data_of(stream) if "code" in one)


SPEAKERS = (AnythingLLM, Dify, OpenAI, Bailian)


async def ask(http: httpx.AsyncClient, speaker: Speaker, question: str) -> str:
    """The streamed answer's text."""
    response = await post(http, speaker, question)
    assert response.status_code == 200, response.text
    return speaker.heard(question, response.text)


async def post(http: httpx.AsyncClient, speaker: Speaker, question: str) -> httpx.Response:
    return await http.post(speaker.path, json=speaker.body(question), headers=headers(speaker))


def headers(speaker: Speaker) -> dict[str, str]:
    return {"X-DashScope-SSE": "enable"} if speaker.kind == "bailian" else {}
