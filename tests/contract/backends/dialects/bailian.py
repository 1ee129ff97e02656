from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.bailian.backend import BailianBackend
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Bailian, Timeouts
from rag_on_dingtalk.testing.dialect import PATIENT
from rag_on_dingtalk.testing.scripted import data

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend


class BailianDialect:
    key = "sk-0123456789abcdef0123456789abcdef"
    cites = True

    def build(self, url: str, http: httpx.AsyncClient, timeouts: Timeouts = PATIENT, **more: Any) -> Backend:
        settings = Bailian(
            api_key="env:KEY", timeouts=timeouts, **{"base_url": url, "app_id": "app1", **more}
        )
        # A session names the second it was used in: two answers of one test must not differ by it.
        return BailianBackend(settings, Secret(self.key), http, clock=lambda: 1_790_000_000.0)

    def event(self, output: dict[str, Any], **more: object) -> bytes:
        body = {"output": {"session_id": "0c11", **output}, "usage": {}, "request_id": "b7-1", **more}
        return b"id:1\nevent:result\n:HTTP_STATUS/200\n" + data(body).replace(b"data: ", b"data:", 1)

    def text(self, words: str) -> bytes:
        return self.event({"finish_reason": "null", "text": words})

    def end(self) -> bytes:
        reference = {"index_id": "1", "title": "员工手册.md", "doc_name": "手册", "text": "补卡每月三次。"}
        usage = {"models": [{"model_id": "qwen-plus", "input_tokens": 900, "output_tokens": 40}]}
        return self.event({"finish_reason": "stop", "text": "", "doc_references": [reference]}, usage=usage)

    def error(self, words: str, code: str = "InternalError.Algo") -> dict[str, Any]:
        return {"code": code, "message": words, "request_id": "b7-1"}

    def failure(self, words: str) -> bytes:
        return b"id:1\nevent:error\n:HTTP_STATUS/500\n" + data(self.error(words))

    def refusal(self, words: str) -> str:
        return data(self.error(words)).decode()[6:]

    def asked(self, body: dict[str, Any]) -> str:
        return str(body["input"]["prompt"])

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        return "session_id" not in first["input"] and bool(second["input"].get("session_id") == "0c11")
