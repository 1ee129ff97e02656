"""DingTalk as a dictionary, at the seam of httpx."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec

#: What changes a card that is there.
_OF_A_CARD = ("/v1.0/card/streaming", "/v1.0/card/instances")


class FakeDingTalk(httpx.AsyncBaseTransport):
    """What one bot's people see: cards by id, and messages; `answers` replaces an API's answer by path."""

    def __init__(self) -> None:
        self.cards: dict[str, dict[str, Any]] = {}
        self.messages: list[str] = []
        #: Forms of pictures and files, as they were sent.
        self.uploads: list[bytes] = []
        self.calls: list[str] = []
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, tuple[int, Any]] = {}
        self.frame_sent = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        upload = path == "/media/upload"
        content = await request.aread()
        body = msgspec.json.decode(content) if content and not upload else {}
        self.calls.append(f"{request.method} {path}")
        self.bodies.append((path, body))
        await asyncio.sleep(0)
        if path in self.answers:
            status, answer = self.answers[path]
            return httpx.Response(status, json=answer)
        if path in _OF_A_CARD and body["outTrackId"] not in self.cards:
            return httpx.Response(
                400, json={"code": "param.cardNotExist", "message": "There is no such card."}
            )
        if upload:
            self.uploads.append(content)
            return httpx.Response(200, json={"errcode": 0, "media_id": f"@lADpicture{len(self.uploads)}"})
        return httpx.Response(200, json=self._carry_out(path, body))

    def _carry_out(  # noqa: PLR0911 - one answer a path
        self, path: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        match path:
            case "/v1.0/oauth2/accessToken":
                return {"accessToken": "token", "expireIn": 7200}
            case "/v1.0/card/instances/createAndDeliver":
                first = body["cardData"]["cardParamMap"]
                finished = first.get("flowStatus") == "3"
                texts = [first["content"]] if finished else []
                self.cards[body["outTrackId"]] = {"texts": texts, "finished": finished, "variables": []}
                return {"success": True, "result": {"deliverResults": [{"success": True}]}}
            case "/v1.0/card/streaming":
                card = self.cards[body["outTrackId"]]
                card["texts"].append(body["content"])
                self.frame_sent.set()
                card["finished"] = card["finished"] or body["isFinalize"] or body["isError"]
                return {"success": True, "result": True}
            case "/v1.0/card/instances":
                variables = body["cardData"]["cardParamMap"]
                card = self.cards[body["outTrackId"]]
                card.setdefault("variables", []).extend(
                    variables[name] for name in ("content",) if name in variables
                )
                return {"success": True, "result": True}
            case "/robot/sendBySession":
                self.messages.append(body["markdown"]["text"])
                return {"errcode": 0, "errmsg": "ok"}
            case _ if path.startswith("/v1.0/robot/"):
                self.messages.append(body["msgParam"])
                return {"processQueryKey": "key"}
            case _:
                return {"success": True, "result": True}
