"""Refusals: what the sender of a refused request is told, and what the log is told."""

from __future__ import annotations

from rag_on_dingtalk.cloud.fc_web import HttpResponse
from rag_on_dingtalk.errors import RequestRefusedError

_RESPONSES = {
    400: HttpResponse(400, '{"error":"bad request"}'),
    401: HttpResponse(401, '{"error":"unauthorized"}'),
    404: HttpResponse(404, '{"error":"not found"}'),
    405: HttpResponse(405, '{"error":"method not allowed"}'),
    413: HttpResponse(413, '{"error":"too large"}'),
    503: HttpResponse(503, '{"error":"unavailable"}'),
}


def unauthorized(reason: str) -> RequestRefusedError:
    """Not DingTalk, or not ours: only the log tells an unknown bot from a bad signature."""
    return RequestRefusedError(401, reason)


def malformed(reason: str) -> RequestRefusedError:
    """Not what DingTalk sends to this address."""
    return RequestRefusedError(400, reason)


class UnverifiableError(RequestRefusedError):
    """Signed and fresh, but the secret to check it with cannot be had now; a second later it may be."""

    def __init__(self, reason: str) -> None:
        super().__init__(503, reason)


class MisaddressedError(RequestRefusedError):
    """Sealed with our keys for another app or organisation: a mistake in bots.yaml or in the console.

    expected, found: the owner keys.
    """

    def __init__(self, *, expected: str, found: str) -> None:
        super().__init__(401, "owner")
        self.expected = expected
        self.found = found


def response_to(refused: RequestRefusedError) -> HttpResponse:
    """What the caller is told."""
    return _RESPONSES[refused.status]


def fields_of(refused: RequestRefusedError) -> dict[str, str | int]:
    """What the log is told, on one line and without the body."""
    fields: dict[str, str | int] = {"reason": refused.reason, "status": refused.status}
    if isinstance(refused, MisaddressedError):
        fields |= {"expected": refused.expected, "found": refused.found}
    return fields
