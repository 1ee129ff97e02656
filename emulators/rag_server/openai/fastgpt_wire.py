"""FastGPT's events and refusals: codes of its own, HTTP 500 for almost everything, 200 for a stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.http.router import bearer
from emulators.rag_server.openai.errors import question_of
from emulators.rag_server.openai.wire import STREAM_HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


class FastGPTManners:
    """See `Manners`: almost everything is HTTP 500, and the business code is inside."""

    def has_key(self, request: Request, api_key: str) -> bool:
        """A bearer token."""
        return bearer(request, api_key)

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - the body decides
        """The key is wrong."""
        return refusal(body, "unAuthApiKey")

    def bad_json(self) -> Response:
        """The body cannot be read."""
        return error(500, "error", "Invalid body")

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - the key names it
        """The app is gone."""
        return refusal(body, "appUnExist")

    def broken(self, status: int) -> Response:
        """The server failed."""
        return error(status, "error", "Internal server error")

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:  # noqa: ARG002
        """`chatId` and the last message."""
        chat = body.get("chatId")
        return (chat if isinstance(chat, str) and chat else None), question_of(body)


def event(name: str, data: object) -> bytes:
    """One event, with its name if it has one; None is `[DONE]`."""
    named = f"event: {name}\n" if name else ""
    text = "[DONE]" if data is None else json.dumps(data, ensure_ascii=False)
    return f"{named}data: {text}\n\n".encode()


#: Its own codes and words, by what it calls them.
_KNOWN = {
    "insufficientQuota": (510, "insufficientQuota"),
    "unAuthModel": (511, "no auth to use the model"),
    "unAuthApiKey": (514, "Api Key 不合法"),
    "appUnExist": (502000, "应用不存在"),
}


def refusal(body: Mapping[str, Any], name: str) -> Response:
    """A refusal of the product's own: HTTP 500, or where a stream is asked for its only event, with a 200."""
    code, words = _KNOWN.get(name, (500, name))
    if body.get("stream") is not True:
        return error(code, name, words)
    told = {"code": code, "statusText": name, "message": words, "data": None}
    return Response(event("error", told), headers=STREAM_HEADERS)


def error(code: int, status_text: str, message: str) -> Response:
    """The envelope, with status 500."""
    body = {"code": code, "statusText": status_text, "message": message, "data": None}
    return JSONResponse(body, status_code=500)
