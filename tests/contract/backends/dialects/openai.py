from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import OpenAICompatible, Timeouts
from rag_on_dingtalk.testing.dialect import PATIENT
from rag_on_dingtalk.testing.scripted import data

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend

DONE = b"data: [DONE]\n\n"


class OpenAIDialect:
    key = "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
    cites = False
    flavour: Literal["plain", "fastgpt", "ragflow", "ark-bots", "open-webui"] = "plain"

    def build(self, url: str, http: httpx.AsyncClient, timeouts: Timeouts = PATIENT, **more: Any) -> Backend:
        usual = {"base_url": f"{url}/v1", "model": "qwen-plus", "flavour": self.flavour}
        settings = OpenAICompatible(api_key="env:KEY", timeouts=timeouts, **{**usual, **more})
        return build_backend(settings, Secret(self.key), http)

    def chunk(self, reason: str | None = None, **delta: object) -> dict[str, Any]:
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1772000000,
            "model": "qwen-plus",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        }

    def text(self, words: str) -> bytes:
        return data(self.chunk(content=words))

    def end(self) -> bytes:
        usage = {"prompt_tokens": 900, "completion_tokens": 40, "total_tokens": 940}
        return data(self.chunk("stop")) + data({**self.chunk(), "choices": [], "usage": usage}) + DONE

    def failure(self, words: str) -> bytes:
        return data({"error": {"message": words, "type": "server_error", "param": None, "code": None}})

    def refusal(self, words: str) -> str:
        return self.failure(words).decode().removeprefix("data: ").strip()

    def asked(self, body: dict[str, Any]) -> str:
        return str(body["messages"][-1]["content"])

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        (question,), (asked, answered, _) = first["messages"], second["messages"]
        return bool(asked == question and answered["role"] == "assistant" and answered["content"])


class FastGPTDialect(OpenAIDialect):
    """With `detail`: named events, and the sources after `[DONE]`."""

    key = "fastgpt-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
    cites = True
    flavour = "fastgpt"

    def text(self, words: str) -> bytes:
        return b"event: answer\n" + data(self.chunk(content=words))

    def end(self) -> bytes:
        quotation = {
            "q": "补卡每月三次。",
            "a": "",
            "sourceName": "员工手册.md",
            "score": [{"type": "embedding"}],
        }
        responses = [
            {"moduleType": "datasetSearchNode", "quoteList": [quotation]},
            {"moduleType": "chatNode"},
        ]
        return b"event: answer\n".join(
            [
                b'event: flowNodeStatus\ndata: {"status":"running","name":"AI"}\n\n',
                data(self.chunk("stop")),
                DONE + b"event: flowResponses\n" + data(responses),
            ]
        )

    def failure(self, words: str) -> bytes:
        return b"event: error\n" + data({"message": words})

    def refusal(self, words: str) -> str:
        return data({"code": 500, "statusText": "error", "message": words, "data": None}).decode()[6:]

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        return bool(first["chatId"] == second["chatId"] and len(second["messages"]) == 1)


class RAGFlowDialect(OpenAIDialect):
    """Without a space after `data:`, errors as text, and the sources in the last chunk."""

    key = "ragflow-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
    cites = True
    flavour = "ragflow"

    def end(self) -> bytes:
        chunk = {"id": "a1", "content": "补卡每月三次。", "document_name": "员工手册.md", "similarity": 0.7}
        last = self.chunk("stop", content=None, final_content="whatever it was", reference={"0": chunk})
        return b"data:" + data(last)[6:] + b"data:[DONE]\n\n"

    def failure(self, words: str) -> bytes:
        return self.text(f"**ERROR**: {words}") + self.end()

    def refusal(self, words: str) -> str:
        return data({"code": 100, "message": words}).decode()[6:]


class ArkDialect(OpenAIDialect):
    """Sources in a chunk without choices, in front of the text or behind it."""

    cites = True
    flavour = "ark-bots"

    def end(self) -> bytes:
        reference = {
            "doc_name": "a.md",
            "title": "员工手册.md",
            "summary": "补卡每月三次。",
            "url": "file:///x",
        }
        return data({**self.chunk(), "choices": [], "references": [reference]}) + super().end()


class OpenWebUiDialect(OpenAIDialect):
    """Likewise, as `sources`."""

    cites = True
    flavour = "open-webui"

    def end(self) -> bytes:
        source = {
            "source": {"id": "f1", "name": "员工手册.md"},
            "document": ["补卡每月三次。"],
            "metadata": [{}],
        }
        return data({"sources": [source]}) + super().end()
