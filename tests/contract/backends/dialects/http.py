from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Http, Timeouts
from rag_on_dingtalk.testing.dialect import PATIENT
from rag_on_dingtalk.testing.scripted import data

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend


class HttpDialect:
    """Flowise's: `data:` under a line `message:`, the name of the event inside."""

    key = "flowise-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
    cites = True

    def build(self, url: str, http: httpx.AsyncClient, timeouts: Timeouts = PATIENT, **more: Any) -> Backend:
        place = {"base_url": url, "preset": "flowise", "target": "handbook", **more}
        return build_backend(Http(api_key="env:KEY", timeouts=timeouts, **place), Secret(self.key), http)

    def event(self, name: str, said: object) -> bytes:
        return b"message:\n" + data({"event": name, "data": said})

    def text(self, words: str) -> bytes:
        return self.event("token", words)

    def end(self) -> bytes:
        document = {"pageContent": "补卡每月三次。", "metadata": {"source": "/opt/storage/员工手册.md"}}
        about = {"chatId": "dt:corp:chat:anna", "chatMessageId": "m-1", "followUpPrompts": ["每月几次？"]}
        return b"".join(
            [
                self.event("sourceDocuments", [document]),
                self.event("metadata", about),
                self.event("end", "[DONE]"),
            ]
        )

    def failure(self, words: str) -> bytes:
        return self.event("error", words)

    def refusal(self, words: str) -> str:
        return json.dumps({"statusCode": 500, "success": False, "message": words, "stack": {}})

    def asked(self, body: dict[str, Any]) -> str:
        return str(body["question"])

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        return bool(first["chatId"]) and first["chatId"] == second["chatId"]
