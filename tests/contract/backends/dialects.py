"""How each product says the same things; contents are made up, shapes are recorded ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.config import AnythingLLM, Dify, Patience, Secret
from tests.contract.backends.scripted import data

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend

#: Generous, so that a busy machine fails no test; tests of patience bring their own.
PATIENT = Patience(connect=10.0, first_byte=10.0, idle=10.0)


class Dialect(Protocol):
    """One product's way of answering."""

    key: str

    def build(self, url: str, http: httpx.AsyncClient, patience: Patience = PATIENT) -> Backend: ...

    def text(self, words: str) -> bytes:
        """The event of one piece."""
        ...

    def end(self) -> bytes:
        """The event that says that the answer is whole, with one source."""
        ...

    def failure(self, words: str) -> bytes:
        """The event of a failure of the model provider."""
        ...

    def refusal(self, words: str) -> str:
        """The body of an answer with an error status."""
        ...


class AnythingLLMDialect:
    key = "K7Q2M4X-9TB1C3D-ZZ8Y7W6-1A2B3C4"

    def build(self, url: str, http: httpx.AsyncClient, patience: Patience = PATIENT) -> Backend:
        settings = AnythingLLM(base_url=url, api_key="env:KEY", workspace="handbook", patience=patience)
        return build_backend(settings, Secret(self.key), http)

    def text(self, words: str) -> bytes:
        return data(self.chunk(words))

    def chunk(self, words: str, *, close: bool = False) -> dict[str, Any]:
        return {
            "uuid": "9d01",
            "sources": [],
            "type": "textResponseChunk",
            "textResponse": words,
            "close": close,
            "error": False,
        }

    def end(self) -> bytes:
        return data(self.chunk("", close=True)) + data(self.finalize())

    def finalize(self, **more: object) -> dict[str, Any]:
        return {
            "uuid": "9d01",
            "type": "finalizeResponseStream",
            "close": True,
            "error": False,
            "chatId": 82,
            "metrics": {"completion_tokens": 40},
            "sources": [self.source("员工手册.md", "补卡每月三次。")],
            **more,
        }

    def source(self, title: str, text: str, chunk_source: str = "") -> dict[str, Any]:
        return {
            "id": "a1b2",
            "url": f"file:///app/collector/hotdir/{title}",
            "title": title,
            "chunkSource": chunk_source,
            "text": f"<document_metadata>\nsourceDocument: {title}\n</document_metadata>\n\n{text}",
            "score": 0.69,
        }

    def failure(self, words: str) -> bytes:
        return data(
            {
                "id": "9d01",
                "type": "abort",
                "textResponse": None,
                "sources": [],
                "close": True,
                "error": words,
            }
        )

    def refusal(self, words: str) -> str:
        return self.failure(words).decode().removeprefix("data: ").strip()


class DifyDialect:
    key = "app-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"

    def build(self, url: str, http: httpx.AsyncClient, patience: Patience = PATIENT) -> Backend:
        settings = Dify(base_url=f"{url}/v1", api_key="env:KEY", inputs={"desk": "4"}, patience=patience)
        return build_backend(settings, Secret(self.key), http)

    def event(self, name: str, **fields: object) -> bytes:
        ids = {"conversation_id": "c-1", "message_id": "m-1", "task_id": "t-1"}
        return data({"event": name, **ids, **fields})

    def text(self, words: str) -> bytes:
        return self.event("message", answer=words)

    def end(self) -> bytes:
        resource = {"position": 1, "document_name": "员工手册.md", "content": "补卡每月三次。", "score": 1.2}
        return self.event("message_end", metadata={"retriever_resources": [resource], "usage": {}})

    def failure(self, words: str) -> bytes:
        return data(
            {
                "event": "error",
                "conversation_id": "c-1",
                "message_id": "m-1",
                "status": 400,
                "code": "completion_request_error",
                "message": words,
            }
        )

    def refusal(self, words: str) -> str:
        return data({"code": "completion_request_error", "message": words, "status": 400}).decode()[6:]
