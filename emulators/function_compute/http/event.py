"""HTTP request → the event of an HTTP trigger (version v1), and the returned object → HTTP response. Pure.

Sources: Function Compute, "HTTP trigger invocation" and "Why does the first letter of a header key become
uppercase"; aliyun/fc-runtime-go-sdk `events/http.go`.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# Which types the platform takes for text is undocumented; functions honour isBase64Encoded either way.
_TEXT_TYPE = re.compile(
    r"text/.*|application/(.+\+)?(json|xml)|application/(javascript|x-www-form-urlencoded)", re.IGNORECASE
)
# A client cannot set these: the platform does.
_NOT_FORWARDED = ("connection", "keep-alive")
_SET_BY_THE_SERVER = ("connection", "keep-alive", "content-length", "transfer-encoding")


class MalformedResponseError(ValueError):
    """Raised when a function returns no response object; what the cloud does then is undocumented."""


class HttpRequest(msgspec.Struct, frozen=True):
    """A request as it reached the trigger's URL.

    raw_path: still percent-encoded; query: without the question mark.
    headers: in the order received, repeats included.
    received: seconds since the epoch.
    """

    method: str
    raw_path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    received: float

    def forwarded_headers(self) -> tuple[tuple[str, str], ...]:
        """Without those a client may not set."""
        return tuple(
            (name, value)
            for name, value in self.headers
            if name.lower() not in _NOT_FORWARDED and not name.lower().startswith("x-fc-")
        )


class HttpResponse(msgspec.Struct, frozen=True):
    """What the client gets."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def canonical_header_name(name: str) -> str:
    """Go's canonical form: `x-acs-date` → `X-Acs-Date`; a name that is no token stays as it is."""
    if not _TOKEN.fullmatch(name):
        return name
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def build_event(request: HttpRequest, *, request_id: str, account_id: str) -> bytes:
    """The bytes a built-in function receives for one HTTP request."""
    headers = _joined((canonical_header_name(name), value) for name, value in request.forwarded_headers())
    domain = headers.get("Host", "")
    body, is_base64 = _body(request.body, headers.get("Content-Type", ""))
    return msgspec.json.encode(
        {
            "version": "v1",
            "rawPath": request.raw_path,
            "headers": headers,
            "queryParameters": _joined(parse_qsl(request.query, keep_blank_values=True)),
            "body": body,
            "isBase64Encoded": is_base64,
            "requestContext": {
                "accountId": account_id,
                "domainName": domain,
                "domainPrefix": domain.split(".")[0],
                "requestId": request_id,
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(request.received)),
                "timeEpoch": str(int(request.received * 1000)),
                "http": {
                    "method": request.method,
                    "path": unquote(request.raw_path),
                    "protocol": "HTTP/1.1",
                    "sourceIp": request.source_ip,
                    "userAgent": headers.get("User-Agent", ""),
                },
            },
        }
    )


def _joined(pairs: Any) -> dict[str, str]:
    joined: dict[str, str] = {}
    for key, value in pairs:
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    media_type = content_type.split(";", maxsplit=1)[0].strip()
    if not media_type or _TEXT_TYPE.fullmatch(media_type):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def read_response(payload: bytes) -> HttpResponse:
    """The response object a built-in function returned.

    Raises:
        MalformedResponseError: says which field is wrong.
    """
    try:
        returned = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedResponseError("it is not JSON") from error
    if not isinstance(returned, dict):
        raise MalformedResponseError("it is not an object")
    status = returned.get("statusCode")
    if type(status) is not int or not 200 <= status <= 599:
        raise MalformedResponseError(f"statusCode is {status!r}, not an integer from 200 to 599")
    body = _response_body(returned)
    return HttpResponse(status, _response_headers(returned.get("headers") or {}), body)


def _response_headers(headers: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(headers, dict):
        raise MalformedResponseError("headers is not an object")
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise MalformedResponseError(f"{name!r} is not a header name")
        if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise MalformedResponseError(f"the header {name} is {value!r}, not one line of text")
    return tuple((name, value) for name, value in headers.items() if name.lower() not in _SET_BY_THE_SERVER)


def _response_body(returned: dict[str, Any]) -> bytes:
    body = returned.get("body") or ""
    if not isinstance(body, str):
        raise MalformedResponseError("body is not a string")
    if returned.get("isBase64Encoded") in (True, "true"):
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise MalformedResponseError("body is not base64 although isBase64Encoded is true") from error
    return body.encode()
