"""What Bailian's error codes mean."""

from __future__ import annotations

from typing import Any

from rag_on_dingtalk.backends.transport.reply import text_of
from rag_on_dingtalk.backends.verdicts.failures import provider_failure, status_failure
from rag_on_dingtalk.errors import FailureKind

#: By the beginning of the code; `Throttling.RateQuota` and `InternalError.Algo` are kinds of these.
_CODES = (
    ("InvalidApiKey", FailureKind.CONFIG_AUTH),
    ("AccessDenied", FailureKind.CONFIG_AUTH),
    ("App.AccessDenied", FailureKind.CONFIG_AUTH),
    ("ModelNotFound", FailureKind.CONFIG_TARGET),
    ("NotFound", FailureKind.CONFIG_TARGET),
    ("InvalidParameter", FailureKind.BAD_INPUT),
    ("Arrearage", FailureKind.QUOTA),
    ("DataInspectionFailed", FailureKind.BLOCKED),
    ("Throttling", FailureKind.BUSY),
    ("RequestTimeOut", FailureKind.TIMEOUT),
)


def failure_kind(fields: dict[str, Any], status: int) -> FailureKind:
    """By the code, or else by the words, or else by the status."""
    code = text_of(fields, "code")
    if (by_words := provider_failure(code)) is not FailureKind.UPSTREAM:
        return by_words
    by_code = next((kind for begins, kind in _CODES if code.startswith(begins)), None)
    if by_code is not None:
        return by_code
    by_words = provider_failure(text_of(fields, "message"))
    return status_failure(status) if by_words is FailureKind.UPSTREAM else by_words


def place_of(fields: dict[str, Any], status: int) -> str:
    """The request's id, which Alibaba Cloud's support asks for."""
    return " ".join(filter(None, (text_of(fields, "code") or str(status), text_of(fields, "request_id"))))
