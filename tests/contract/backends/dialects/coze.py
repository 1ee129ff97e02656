from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Coze, Timeouts
from rag_on_dingtalk.testing.dialect import PATIENT
from rag_on_dingtalk.testing.scripted import data

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend


class CozeDialect:
    """Named events; the sources in JSON within JSON, told in front of the answer or behind it."""

    key = "pat_Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1Jh0Gf9"
    cites = True

    def build(self, url: str, http: httpx.AsyncClient, timeouts: Timeouts = PATIENT, **more: Any) -> Backend:
        place = {"base_url": url, "bot_id": "7300000000000000001", **more}
        return build_backend(Coze(api_key="env:KEY", timeouts=timeouts, **place), Secret(self.key), http)

    def event(self, name: str, said: object) -> bytes:
        return f"event:conversation.{name}\n".encode() + data(said)

    def message(self, kind: str, content: str, **more: object) -> dict[str, Any]:
        return {
            "id": "m-1",
            "conversation_id": "c-1",
            "chat_id": "7",
            "role": "assistant",
            "type": kind,
            "content": content,
            "content_type": "text",
            **more,
        }

    def chat(self, status: str, **more: object) -> dict[str, Any]:
        return {"id": "7", "conversation_id": "c-1", "status": status, "last_error": None, **more}

    def text(self, words: str) -> bytes:
        return self.event("message.delta", self.message("answer", words))

    def recall(self, *slices: str) -> dict[str, Any]:
        meta = {"document": {"name": "员工手册.md"}, "link": {"url": ""}}
        found = {"chunks": [{"slice": one, "score": 0.7, "meta": meta} for one in slices], "ori_req": "秘密"}
        said = {"msg_type": "knowledge_recall", "data": json.dumps(found, ensure_ascii=False)}
        return self.message("verbose", json.dumps(said, ensure_ascii=False))

    def end(self) -> bytes:
        usage = {"token_count": 940, "output_count": 40, "input_count": 900}
        return b"".join(
            [
                self.event("message.completed", self.recall("补卡每月三次。")),
                self.event("chat.completed", self.chat("completed", usage=usage)),
                b'event:done\ndata:"[DONE]"\n\n',
            ]
        )

    def failure(self, words: str) -> bytes:
        failed = self.chat("failed", last_error={"code": 720702011, "msg": words})
        return self.event("chat.failed", failed)

    def refusal(self, words: str) -> str:
        return json.dumps({"code": 5000, "msg": words, "detail": {"logid": "2026"}})

    def asked(self, body: dict[str, Any]) -> str:
        return str(body["additional_messages"][-1]["content"])

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        # The conversation stands in the address: see `test_coze.py`.
        return bool(first["user_id"]) and bool(first["user_id"] == second["user_id"])
