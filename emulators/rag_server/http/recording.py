"""What was asked of the server, to look at afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


@dataclass(frozen=True)
class RecordedRequest:
    """What a caller asked for.

    session_id: how the request names its session, if it does.
    question: what is asked, or None where nothing is.
    headers: lower-case names; of `authorization` only the scheme is kept, of `x-api-key` nothing.
    query: the parameters behind the path.
    body: the JSON object; of an upload its fields, and name, size and type of the file.
    """

    method: str
    path: str
    session_id: str | None
    question: str | None
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)
    query: Mapping[str, str] = field(default_factory=dict, compare=False)
    body: Mapping[str, Any] = field(default_factory=dict, compare=False)


def headers_of(request: Request) -> dict[str, str]:
    """The headers without the secret."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if "authorization" in headers:
        scheme, _, key = headers["authorization"].partition(" ")
        headers["authorization"] = f"{scheme} …" if key else "…"
    if "x-api-key" in headers:
        headers["x-api-key"] = "…"
    return headers
