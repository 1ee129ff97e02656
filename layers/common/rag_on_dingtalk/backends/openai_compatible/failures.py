"""What the errors of OpenAI-compatible servers mean; each has its own idea of their shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.failures import provider_failure, status_failure
from rag_on_dingtalk.backends.reply import object_of, text_of
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.reply import Reply

_CODES = {
    "invalid_api_key": FailureKind.CONFIG_AUTH,
    "access_denied": FailureKind.CONFIG_AUTH,
    "model_not_found": FailureKind.CONFIG_TARGET,
    "ModelNotFound": FailureKind.CONFIG_TARGET,
    # RAGFlow: data (no such assistant or session), permission, authentication.
    "102": FailureKind.CONFIG_TARGET,
    "108": FailureKind.CONFIG_AUTH,
    "109": FailureKind.CONFIG_AUTH,
}


def error_in(fields: dict[str, Any]) -> dict[str, Any] | None:
    """The error that an event or a document is: `{message, code, …}`; None when it is none."""
    error = fields.get("error")
    if isinstance(error, dict):
        return error
    if error:
        return {"message": str(error)}
    # vLLM's `{"object": "error", …}`, RAGFlow's `{"code": 102, …}`, FastGPT's `{"message": …}`.
    if "choices" in fields or fields.get("object", "error") != "error":
        return None
    return fields if fields.get("code") and text_of(fields, "message", "statusText", "detail") else None


def words_of(error: dict[str, Any]) -> str:
    """What it says."""
    return text_of(error, "message", "detail", "statusText", "type")


def failure_kind(error: dict[str, Any], status: int) -> FailureKind:
    """The failure behind an error that came with this status."""
    code = str(error.get("code") or "")
    # A gateway's codes are words, too (`insufficient_user_quota`, `Throttling.RateQuota`, 429).
    for words in (code, words_of(error), str(error.get("type") or "")):
        if (kind := provider_failure(words)) is not FailureKind.UPSTREAM:
            return kind
    # RAGFlow and FastGPT repeat in the body what they do not say as HTTP status.
    within = int(code) if re.fullmatch(r"[45]\d\d", code) else status
    return _CODES.get(code) or status_failure(within)


def error_of(reply: Reply) -> dict[str, Any]:
    """The error that a refusal is, whatever its shape."""
    said = object_of(reply.document.get("error")) or error_in(reply.document)
    return said or {**reply.document, "message": reply.text("error", "message", "detail")}
