"""How AnythingLLM refuses, and where its requests say what they want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from emulators.rag_server.anythingllm import wire
from emulators.rag_server.anythingllm.asking import session_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

_BAD_JSON = (
    "<!DOCTYPE html>\n<html><head><title>Error</title></head>"
    "<body><pre>SyntaxError: Unexpected token in JSON</pre></body></html>"
)

#: What a path or method that does not exist is answered with, with status 200.
WEB_UI = HTMLResponse(
    "<!doctype html>\n<html><head><title>Knowledge</title></head><body><div id='root'></div></body></html>"
)


class AnythingLLMManners:
    """See `Manners`."""

    def has_key(self, request: Request, api_key: str) -> bool:
        """The product takes what follows the first space and does not look at the scheme."""
        words = request.headers.get("authorization", "").split(" ")
        return len(words) > 1 and words[1] == api_key

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002
        """403, not 401."""
        return JSONResponse({"error": "No valid api key found."}, status_code=403)

    def bad_json(self) -> Response:
        """A page."""
        return HTMLResponse(_BAD_JSON, status_code=400)

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - it names no body
        """The workspace is unknown."""
        return JSONResponse(wire.abort(not_a_workspace(request.path_params["slug"])), status_code=400)

    def broken(self, status: int) -> Response:
        """An `abort` with the status."""
        return JSONResponse(wire.abort("Internal server error"), status_code=status)

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """`sessionId` (of a look at stored chats: `apiSessionId`), and `message` or a search's `query`."""
        question = body.get("message", body.get("query"))
        return (
            session_of(body) or request.query_params.get("apiSessionId"),
            question if isinstance(question, str) else None,
        )


def not_a_workspace(slug: str) -> str:
    """What is said of an unknown slug."""
    return f"Workspace {slug} is not a valid workspace."
