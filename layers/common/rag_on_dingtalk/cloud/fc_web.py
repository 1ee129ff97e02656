"""A web function of FC: an HTTP server of the standard library's sockets, one thread a connection.

Function Compute hands the requests of an HTTP trigger to a custom runtime as they came ("custom runtime web
functions", functioncompute/fc-2-0/user-guide/event-handlers-1), as many at once as `instanceConcurrency`
says. Its gateway is the only client and keeps connections. asyncio, http.server or a server from PyPI would
import longer than the callback may take.
"""

from __future__ import annotations

import re
import socket
import sys
from _thread import start_new_thread
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, unquote_plus

import msgspec

from rag_on_dingtalk.errors import RequestRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine

#: Robot messages are a few KB; the bound holds before anything of the body is parsed.
MAX_BODY_BYTES = 64 * 1024
#: FC's own limits are 4 KB for the target and 8 KB for all headers; its own headers come on top.
_MAX_LINE_BYTES = 16 * 1024
_MAX_HEADERS = 128
#: Connections that the kernel keeps while this process has no time to accept them.
_BACKLOG = 1024

_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) ([!-~]+) HTTP/1\.[01]\r\n")
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*)\r\n")
_DIGITS = {10: re.compile("[0-9]{1,1000}"), 16: re.compile("[0-9A-Fa-f]{1,1000}")}
_REQUEST_ID = re.compile(r"[\w.-]{1,64}")
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_BODIES = {400: '{"error":"bad request"}', 413: '{"error":"too large"}', 500: '{"error":"internal"}'}


class HttpRequest(msgspec.Struct, frozen=True):
    """One request.

    path: percent-decoded.
    query, headers: repeated names are joined by a comma; header names in lower case.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class HttpResponse(msgspec.Struct, frozen=True):
    """What goes back: JSON."""

    status: int
    body: str = ""


class WebServer:
    """Answers requests, each connection's one after another, all connections at once.

    answer: called by several threads at once; what it raises is answered by 500 and logged by its type.
    mark: writes FC's own marks around each request; the console groups log lines by them.
    """

    def __init__(
        self,
        answer: Callable[[HttpRequest], HttpResponse],
        *,
        log: LogLine,
        mark: Callable[[str], object] | None = None,
    ) -> None:
        self._answer = answer
        self._log = log
        self._mark = mark or _print

    def serve(self, host: str, port: int) -> None:
        """Listen, and serve until the process ends."""
        with socket.create_server((host, port), backlog=_BACKLOG) as listener:
            while True:
                connection, _ = listener.accept()
                start_new_thread(self._serve, (connection,))

    def _serve(self, connection: socket.socket) -> None:
        try:
            # A response is one write; waiting for more of it would cost 40 ms.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection, connection.makefile("rb") as stream:
                while self.exchange(stream, connection.sendall):
                    pass
        except OSError:
            # The client has gone, and with it the one who could be told.
            return

    def exchange(self, stream: BinaryIO, send: Callable[[bytes], object]) -> bool:
        """Read one request and answer it; False when the connection has served its last one."""
        try:
            request = read_request(stream, send)
        except RequestRefusedError as error:
            # Where the next request begins is not known: the connection is closed.
            self._log("refused", level="INFO", reason=error.reason, status=error.status)
            send(encode_response(HttpResponse(error.status, _BODIES[error.status]), last=True))
            return False
        if request is None:
            return False
        last = request.headers.get("connection", "").lower() == "close"
        response = self._answered(request)
        send(encode_response(response, last=last, without_body=request.method == "HEAD"))
        return not last

    def _answered(self, request: HttpRequest) -> HttpResponse:
        found = _REQUEST_ID.fullmatch(request.headers.get("x-fc-request-id", ""))
        request_id = found[0] if found else "-"
        self._mark(f"FC Invoke Start RequestId: {request_id}")
        try:
            return self._answer(request)
        except Exception as error:  # noqa: BLE001 - the server's edge: report it, keep serving
            # Not its text: it may quote what the sender wrote.
            self._log("request_failed", level="ERROR", error=type(error).__name__, fc_request_id=request_id)
            return HttpResponse(500, _BODIES[500])
        finally:
            self._mark(f"FC Invoke End RequestId: {request_id}")


def read_request(stream: BinaryIO, send: Callable[[bytes], object]) -> HttpRequest | None:
    """The next request; None when the connection has ended before one began.

    send: told `100 Continue` when the client waits for it.

    Raises:
        RequestRefusedError: it is none, or too large.
    """
    line = stream.readline(_MAX_LINE_BYTES + 1)
    if not line:
        return None
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise RequestRefusedError(400, "not_http")
    headers = _read_headers(stream)
    raw_path, _, query = found[2].decode("latin-1").partition("?")
    if headers.get("expect", "").lower() == "100-continue":
        send(b"HTTP/1.1 100 Continue\r\n\r\n")
    return HttpRequest(
        method=found[1].decode(),
        path=unquote(raw_path, errors="replace"),
        query=_read_query(query),
        headers=headers,
        body=_read_body(stream, headers),
    )


def encode_response(response: HttpResponse, *, last: bool = False, without_body: bool = False) -> bytes:
    """The response in one piece.

    last: the connection is closed behind it.
    without_body: only the head, as HEAD wants it.
    """
    body = response.body.encode()
    head = (
        f"HTTP/1.1 {response.status} {_REASONS.get(response.status, '')}\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Connection: {'close' if last else 'keep-alive'}\r\n\r\n"
    ).encode()
    return head if without_body else head + body


def _read_headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_MAX_HEADERS + 1):
        line = stream.readline(_MAX_LINE_BYTES + 1)
        if line == b"\r\n":
            return headers
        found = _HEADER_LINE.fullmatch(line)
        if found is None:
            raise RequestRefusedError(400, "not_http")
        _join(headers, found[1].decode().lower(), found[2].decode("latin-1").rstrip())
    raise RequestRefusedError(400, "too_many_headers")


def _read_query(query: str) -> dict[str, str]:
    read: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        _join(read, unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace"))
    return read


def _join(values: dict[str, str], name: str, value: str) -> None:
    values[name] = f"{values[name]},{value}" if name in values else value


def _read_body(stream: BinaryIO, headers: dict[str, str]) -> bytes:
    if "transfer-encoding" in headers:
        # Which of two lengths counts is how requests are smuggled.
        if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
            raise RequestRefusedError(400, "not_http")
        return _read_chunks(stream)
    return _exactly(stream, _number(headers.get("content-length", "0"), 10))


def _read_chunks(stream: BinaryIO) -> bytes:
    body = bytearray()
    while True:
        size = stream.readline(_MAX_LINE_BYTES).decode("latin-1").partition(";")[0].strip()
        length = _number(size, 16)
        if not length:
            # Trailers, of which none means anything here.
            _read_headers(stream)
            return bytes(body)
        if len(body) + length > MAX_BODY_BYTES:
            raise RequestRefusedError(413, "too_large")
        body += _exactly(stream, length)
        if stream.read(2) != b"\r\n":
            raise RequestRefusedError(400, "not_http")


def _number(text: str, base: int) -> int:
    # int() also takes signs, blanks, underscores and `0x`.
    if _DIGITS[base].fullmatch(text) is None:
        raise RequestRefusedError(400, "not_http")
    return int(text, base)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    if length > MAX_BODY_BYTES:
        raise RequestRefusedError(413, "too_large")
    body = stream.read(length)
    if len(body) < length:
        raise RequestRefusedError(400, "cut")
    return body


def _print(line: str) -> None:
    # In one piece: other threads write lines, too.
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
