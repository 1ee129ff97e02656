"""The routes of a product's API: each request is recorded, checked for its key, and struck by the faults."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import (
    ERROR_500,
    GATEWAY,
    NOT_FOUND,
    REFUSE,
    UNAUTHORIZED,
    FaultValueError,
    number,
)
from emulators.rag_server.http.recording import RecordedRequest, headers_of
from emulators.rag_server.http.uploads import described, is_form, read_form

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from emulators.faults import FaultBoard

    Body = dict[str, Any]
    Handler = Callable[[Request, Body], Awaitable[Response]]


class RejectedError(Exception):
    """Raised when a request is answered with this refusal."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response

    @property
    def status(self) -> int:
        """The refusal's HTTP status."""
        return self.response.status_code


class Manners(Protocol):
    """How a product says what every product has to say."""

    def has_key(self, request: Request, api_key: str) -> bool:
        """Whether the request carries the key the way this product wants it."""
        ...

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:
        """The key is missing or unknown."""
        ...

    def bad_json(self) -> Response:
        """The body cannot be read."""
        ...

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:
        """What the request asks does not exist."""
        ...

    def broken(self, status: int) -> Response:
        """The server failed with this status."""
        ...

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """The session a request names, and its question."""
        ...


@dataclass
class CheckedRouter:
    """Makes routes of handlers. requests: everything that was asked for, oldest first."""

    api_key: str
    faults: FaultBoard
    manners: Manners
    requests: list[RecordedRequest] = field(default_factory=list)

    def route(
        self, method: str, path: str, handler: Handler, *, open_to_all: bool = False, asks: bool = False
    ) -> Route:
        """A route with the server's usual checks.

        open_to_all: no key is needed.
        asks: it puts a question, so that the faults of questions strike it.
        """

        async def endpoint(request: Request) -> Response:
            body = await _body_of(request)
            self._record(request, body or {})
            if self.faults.strikes(REFUSE):
                await hang_up(request)
                return Response()
            try:
                self._check(request, body, open_to_all=open_to_all, asks=asks)
                return await handler(request, body or {})
            except RejectedError as rejected:
                return rejected.response
            except FaultValueError as error:
                return PlainTextResponse(str(error), status_code=HTTPStatus.INTERNAL_SERVER_ERROR)

        return Route(path, endpoint, methods=[method])

    def page(self, response: Response) -> ASGIApp:
        """What answers every path that no route has."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            self._record(request, await _body_of(request) or {})
            await response(scope, receive, send)

        return answer

    def _check(self, request: Request, body: Body | None, *, open_to_all: bool, asks: bool) -> None:
        gateway = number(self.faults, GATEWAY, HTTPStatus.BAD_GATEWAY)
        if gateway is not None:
            raise RejectedError(_proxy_page(int(gateway)))
        if body is None:
            raise RejectedError(self.manners.bad_json())
        if not open_to_all and (
            self.faults.strikes(UNAUTHORIZED) or not self.manners.has_key(request, self.api_key)
        ):
            raise RejectedError(self.manners.no_key(request, body))
        if not asks:
            return
        if self.faults.strikes(NOT_FOUND):
            raise RejectedError(self.manners.not_there(request, body))
        status = number(self.faults, ERROR_500, HTTPStatus.INTERNAL_SERVER_ERROR)
        if status is not None:
            raise RejectedError(self.manners.broken(int(status)))

    def _record(self, request: Request, body: Body) -> None:
        session, question = self.manners.gist(request, body)
        self.requests.append(
            RecordedRequest(
                method=request.method,
                path=request.url.path,
                session_id=session,
                question=question,
                headers=headers_of(request),
                query=dict(request.query_params),
                body=body,
            )
        )


def bearer(request: Request, api_key: str) -> bool:
    """Whether the request says `Authorization: Bearer <key>`."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and key.strip() == api_key


async def _body_of(request: Request) -> Body | None:
    """The body; {} for JSON that is no object, None for broken JSON."""
    raw = await request.body()
    if not raw:
        return {}
    if is_form(request.headers.get("content-type", "")):
        return described(read_form(request.headers["content-type"], raw))
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else {}


def _proxy_page(status: int) -> Response:
    named = f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else str(status)
    return HTMLResponse(
        f"<html>\r\n<head><title>{named}</title></head>\r\n<body>\r\n<center><h1>{named}</h1></center>\r\n"
        "<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n",
        status_code=status,
    )
