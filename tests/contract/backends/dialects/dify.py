from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Dify, DifyApp, Timeouts
from rag_on_dingtalk.testing.dialect import PATIENT
from rag_on_dingtalk.testing.scripted import data

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend


class DifyDialect:
    """A chat app."""

    key = "app-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
    cites = True
    app: DifyApp = "chat"

    def build(self, url: str, http: httpx.AsyncClient, timeouts: Timeouts = PATIENT, **more: Any) -> Backend:
        # Suggestions are a request of their own: tests of them switch them on.
        usual = {"base_url": f"{url}/v1", "app": self.app, "inputs": {"desk": "4"}, "suggestions": False}
        settings = Dify(api_key="env:KEY", timeouts=timeouts, **{**usual, **more})
        return build_backend(settings, Secret(self.key), http)

    def event(self, name: str, **fields: object) -> bytes:
        ids = {"conversation_id": "c-1", "message_id": "m-1", "task_id": "t-1"}
        return data({"event": name, **ids, **fields})

    def text(self, words: str) -> bytes:
        return self.event("message", answer=words)

    def end(self) -> bytes:
        resource = {"position": 1, "document_name": "员工手册.md", "content": "补卡每月三次。", "score": 1.2}
        usage = {"prompt_tokens": 900, "completion_tokens": 40, "total_price": "0.002"}
        return self.event("message_end", metadata={"retriever_resources": [resource], "usage": usage})

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

    def asked(self, body: dict[str, Any]) -> str:
        return str(body["query"])

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        return not first["conversation_id"] and bool(second["conversation_id"] == "c-1")


class DifyCompletionDialect(DifyDialect):
    """A text generator, which remembers nothing."""

    app: DifyApp = "completion"

    def asked(self, body: dict[str, Any]) -> str:
        return str(body["inputs"]["query"])

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        return first.keys() == second.keys() and "conversation_id" not in first


class DifyWorkflowDialect(DifyCompletionDialect):
    app: DifyApp = "workflow"
    cites = False

    def event(self, name: str, **fields: object) -> bytes:
        return data({"event": name, "task_id": "t-1", "workflow_run_id": "r-1", **fields})

    def text(self, words: str) -> bytes:
        return self.event("text_chunk", data={"text": words, "from_variable_selector": ["llm", "text"]})

    def end(self, **more: object) -> bytes:
        finished = {"id": "r-1", "status": "succeeded", "outputs": {}, "error": None, **more}
        return self.event("workflow_finished", data=finished)

    def failure(self, words: str) -> bytes:
        return self.end(status="failed", error=words)
