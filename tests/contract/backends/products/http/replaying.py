"""Streams of every preset, and a server that says them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from rag_on_dingtalk.backends.probing import places_of
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Http
from rag_on_dingtalk.testing.outcome import ASK, Outcome, outcome

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.base import Ask, Backend


WORDS = ["差旅住宿：一线 ", "500 元，二线 🙂 ", '300 元 {"a": 1}，', "凭票\n报销。"]
WHOLE = "".join(WORDS)


def line(**event: object) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"


#: Of each preset that streams lines or glued objects: a piece, and the end.
TELL: dict[str, tuple[Any, bytes]] = {
    "native": (lambda words: line(type="delta", text=words), line(type="end")),
    "n8n": (lambda words: line(type="item", content=words)[:-1], line(type="end")[:-1]),
    "langflow": (
        lambda words: line(event="token", data={"chunk": words}) + b"\n",
        line(event="end", data={}),
    ),
    "lightrag": (lambda words: line(response=words), b""),
}


class Pieces(httpx.AsyncByteStream):
    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> Any:
        for piece in self._pieces:
            yield piece


async def replay(
    *pieces: bytes,
    status: int = 200,
    ask: Ask = ASK,
    sent: list[httpx.Request] | None = None,
    content_type: str = "application/json",
    look: list[str] | None = None,
    **set_: Any,
) -> Outcome:
    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request)
        return httpx.Response(status, headers={"Content-Type": content_type}, stream=Pieces(*pieces))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        backend = build(http, **set_)
        seen = await outcome(backend, ask)
        if look is not None:
            look += [finding.detail for finding in places_of(backend)]
        return seen


def build(http: httpx.AsyncClient, url: str = "http://agent.example.com", **set_: Any) -> Backend:
    key = set_.pop("key", "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1")
    made = Http(base_url=url, api_key="env:KEY" if key else "", **set_)
    return build_backend(made, Secret(key), http)
