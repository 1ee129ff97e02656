"""Who may ask: this machine's own pages and programs, and no website that a browser here happens to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OUR_NAMES = frozenset(("127.0.0.1", "localhost"))
_HTTP_PORT = 80

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # The page belongs to the running program: after an update the browser must not show the old one.
    "Cache-Control": "no-cache",
}


class Guard:
    """Refuses what another site's page could send, and puts the security headers on every answer.

    The `Host` must be ours, against names that an attacker points at 127.0.0.1 (DNS rebinding). A POST must
    say it is JSON, which no other site's page can do without asking first (CSRF); it is not allowed here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        problem = _problem(scope)
        if problem is None:
            await self._app(scope, receive, send_with_headers)
        else:
            status, sentence = problem
            await JSONResponse({"error": sentence}, status)(scope, receive, send_with_headers)


def _problem(scope: Scope) -> tuple[int, str] | None:
    headers = Headers(scope=scope)
    port = scope["server"][1]
    name, _, given = headers.get("host", "").partition(":")
    if name not in _OUR_NAMES or (given or str(_HTTP_PORT)) != str(port):
        return 403, f"This address is not ours. Open http://127.0.0.1:{port} instead."
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if scope["method"] == "POST" and kind != "application/json":
        return 415, "A POST needs the header Content-Type: application/json."
    return None
