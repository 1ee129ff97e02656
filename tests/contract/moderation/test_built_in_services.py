"""The services that there are keep what every moderation service keeps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.safety.moderation.aliyun import AliyunService
from rag_on_dingtalk.safety.moderation.http_service import HttpService
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.safety import AliyunModeration, HttpModeration
from rag_on_dingtalk.testing import ModerationContract

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.safety.moderation.service import ModerationService


class OfHttp:
    """`kind: http`."""

    key = "moderation-Zx8Yw7Vu6Ts5Rq4Po3"

    def build(self, url: str, http: httpx.AsyncClient) -> ModerationService:
        return HttpService(HttpModeration(url=f"{url}/judge"), http, Secret(self.key))

    def says(self, label: str, *, allowed: bool) -> str:
        action = "pass" if allowed else "block"
        return json.dumps({"action": action, "labels": [] if allowed else [label]})

    def asked(self, content: bytes) -> str:
        return str(json.loads(content)["text"])


class OfAliyun:
    """`kind: aliyun`."""

    key = "secret-Zx8Yw7Vu6Ts5Rq4Po3Nm2"

    def build(self, url: str, http: httpx.AsyncClient) -> ModerationService:
        return AliyunService(
            AliyunModeration(endpoint=url),
            http,
            credentials=lambda: Credentials("AKID", self.key),
            clock=lambda: 1_794_900_000.0,
            nonce=lambda: "n",
        )

    def says(self, label: str, *, allowed: bool) -> str:
        found = {"Label": "nonLabel" if allowed else label}
        data = {"RiskLevel": "none" if allowed else "high", "Result": [found]}
        return json.dumps({"Code": 200, "Message": "OK", "Data": data})

    def asked(self, content: bytes) -> str:
        (parameters,) = parse_qs(content.decode())["ServiceParameters"]
        return str(json.loads(parameters)["content"])


class TestHttp(ModerationContract):
    dialect = OfHttp


class TestAliyun(ModerationContract):
    dialect = OfAliyun
