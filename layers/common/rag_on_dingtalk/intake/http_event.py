"""FC's HTTP trigger event (version v1) and the response object a built-in function returns. Pure.

Source: Function Compute, "HTTP trigger invocation" (functioncompute/fc/http-trigger-invoking-function).
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from rag_on_dingtalk.errors import RequestRefusedError

#: Robot messages are a few KB; the bound holds before anything of the body is parsed.
MAX_BODY_BYTES = 64 * 1024
#: The event is JSON around the body: quoting may grow it sixfold, headers and path add at most 12 KB.
MAX_EVENT_BYTES = 6 * MAX_BODY_BYTES + 12 * 1024

_TOO_LARGE = 413


class HttpRequest(msgspec.Struct, frozen=True):
    """The part of the event that matters.

    path: percent-decoded.
    headers: names in lower case; FC rewrites them (`timestamp` arrives as `Timestamp`).
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class HttpResponse(msgspec.Struct, frozen=True):
    """What goes back to DingTalk."""

    status: int
    body: str = ""

    def as_event(self) -> dict[str, Any]:
        """The object FC turns into an HTTP response; always complete, a partial one is undefined there."""
        return {
            "statusCode": self.status,
            "headers": {"Content-Type": "application/json; charset=utf-8"},
            "isBase64Encoded": False,
            "body": self.body,
        }


class _Http(msgspec.Struct):
    method: str = ""
    path: str = ""


class _Context(msgspec.Struct):
    http: _Http = msgspec.field(default_factory=_Http)


class _Event(msgspec.Struct, rename="camel"):
    raw_path: str = ""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    query_parameters: dict[str, str] | None = None
    body: str | None = None
    # Documented as a boolean; some gateways send the string.
    is_base64_encoded: bool | str = msgspec.field(default=False, name="isBase64Encoded")
    request_context: _Context = msgspec.field(default_factory=_Context)


_DECODER = msgspec.json.Decoder(_Event)


def read_event(event: bytes) -> HttpRequest:
    """The request inside an HTTP trigger event.

    Raises:
        RequestRefusedError: 413 when it is too large, 400 when it is not such an event.
    """
    if len(event) > MAX_EVENT_BYTES:
        raise RequestRefusedError(_TOO_LARGE, "too_large")
    try:
        decoded = _DECODER.decode(event)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestRefusedError(400, "not_an_http_event") from error
    body = (decoded.body or "").encode("utf-8", "replace")
    if str(decoded.is_base64_encoded).lower() == "true":
        try:
            body = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise RequestRefusedError(400, "not_base64") from error
    if len(body) > MAX_BODY_BYTES:
        raise RequestRefusedError(_TOO_LARGE, "too_large")
    context = decoded.request_context.http
    return HttpRequest(
        method=context.method.upper(),
        path=context.path or decoded.raw_path,
        query=decoded.query_parameters or {},
        headers={name.lower(): value for name, value in decoded.headers.items()},
        body=body,
    )
