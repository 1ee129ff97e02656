"""What Dify's error codes and words mean."""

from __future__ import annotations

import re

from rag_on_dingtalk.backends.failures import provider_failure, status_failure
from rag_on_dingtalk.errors import FailureKind

#: The app is of another kind than the endpoint.
WRONG_KIND = frozenset(("not_chat_app", "not_workflow_app", "app_unavailable"))

_CODES = {
    **dict.fromkeys(WRONG_KIND, FailureKind.CONFIG_TARGET),
    "unauthorized": FailureKind.CONFIG_AUTH,
    "forbidden": FailureKind.CONFIG_AUTH,
    "provider_not_initialize": FailureKind.CONFIG_TARGET,
    "model_currently_not_support": FailureKind.CONFIG_TARGET,
    "provider_quota_exceeded": FailureKind.QUOTA,
    "rate_limit_error": FailureKind.QUOTA,
    "too_many_requests": FailureKind.BUSY,
    "file_too_large": FailureKind.FILE_REFUSED,
    "unsupported_file_type": FailureKind.FILE_REFUSED,
    "internal_server_error": FailureKind.UPSTREAM,
}

#: By how the message begins, where the code says less.
_WORDS = {
    # The limit of concurrent requests: 429 on 0.6.16, but a 400 `invalid_param` on 0.15.3 and 1.12.1.
    r"Too many requests": FailureKind.BUSY,
    r"Conversation Not Exists": FailureKind.CONVERSATION_GONE,
    r"Invalid upload file": FailureKind.FILE_REFUSED,
    r"Model \S+ not exist": FailureKind.CONFIG_TARGET,
}


def failure_kind(code: str, status: int, words: str) -> FailureKind:
    """The failure behind an answer, or an `error` event, with this code, status and message."""
    # A provider's 401, 429 and 500 all look like this; only the words tell.
    if code == "completion_request_error" or words.startswith("Run failed"):
        return provider_failure(words)
    by_words = (kind for begins, kind in _WORDS.items() if re.match(begins, words))
    return next(by_words, None) or _CODES.get(code) or status_failure(status)


def without_input(words: str) -> str:
    """The message without what the person wrote: 1.x passes on pydantic's report, which quotes it."""
    return words.partition("[type=")[0]
