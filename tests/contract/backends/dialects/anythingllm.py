from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import AnythingLLM, Timeouts
from rag_on_dingtalk.testing.dialect import PATIENT
from rag_on_dingtalk.testing.scripted import data

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend


class AnythingLLMDialect:
    key = "K7Q2M4X-9TB1C3D-ZZ8Y7W6-1A2B3C4"
    cites = True

    def build(self, url: str, http: httpx.AsyncClient, timeouts: Timeouts = PATIENT, **more: Any) -> Backend:
        place = {"base_url": url, "workspace": "handbook", **more}
        settings = AnythingLLM(api_key="env:KEY", timeouts=timeouts, **place)
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
            "metrics": {"prompt_tokens": 900, "completion_tokens": 40},
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

    def asked(self, body: dict[str, Any]) -> str:
        return str(body["message"])

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        return bool(first["sessionId"]) and first["sessionId"] == second["sessionId"]
