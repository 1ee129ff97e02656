"""What Dify's error codes and words mean."""

from __future__ import annotations

import re

from rag_on_dingtalk.backends.verdicts.failures import provider_failure, status_failure
from rag_on_dingtalk.errors import FailureKind

#: The app is of another kind than the endpoint.
WRONG_KIND = frozenset(("not_chat_app", "not_workflow_app", "app_unavailable"))

_CODES = {
    **dict.fromkeys(WRONG_KIND, FailureKind.CONFIG_TARGET),
    "unauthorized": FailureKind.CONFIG_AUTH,
    "forbidden": FailureKind.CONFIG_AUTH,
    "draft_workflow_not_exist": FailureKind.CONFIG_TARGET,
    "workflow_not_found": FailureKind.CONFIG_TARGET,
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
    r"(?:Workflow|App|Application)\b.* not published": FailureKind.CONFIG_TARGET,
    r"(?:The )?(?:app|workflow|application)\b.*(?:unavailable|not found|not available)": (
        FailureKind.CONFIG_TARGET
    ),
    # A variable of the app's form has no value: the administrator sets it, the person cannot.
    r".{1,80} is required in input form": FailureKind.CONFIG_TARGET,
    r"(?s:.{0,200}(?:is not a valid uuid|\bconversation_id\b))": FailureKind.CONVERSATION_GONE,
}

#: Advice for a form variable without a value.
FORM_ADVICE = "Give a value under backend.inputs for every variable that the app's form requires."

#: Inside of a run everything that raises a ValueError, a plug-in's failure included, has these codes.
_OF_ANYTHING = frozenset(("invalid_param", "completion_request_error", "bad_request"))


def failure_kind(code: str, status: int, words: str, *, in_run: bool = False) -> FailureKind:
    """The failure behind an answer, or an `error` event, with this code, status and message.

    in_run: it is an event of a run, whose question was accepted before.
    """
    by_words = (kind for begins, kind in _WORDS.items() if re.match(begins, words, re.IGNORECASE))
    if found := next(by_words, None):
        return found
    # A provider's 401, 429 and 500 all have this code; only the words differ.
    if code in _OF_ANYTHING or words.startswith("Run failed"):
        kind = provider_failure(words)
        told = kind is not FailureKind.UPSTREAM or in_run or code == "completion_request_error"
        if told or words.startswith("Run failed") or _RAISED.search(words):
            return kind
    return _CODES.get(code) or status_failure(status)


#: What a plug-in or a model runtime raises, as opposed to what a validation of the request says.
_RAISED = re.compile(r"Plugin\w*Error|Invoke\w*Error|error_type|\bError:|Exception")


def without_input(words: str) -> str:
    """The message without what the person wrote: 1.x passes on pydantic's report, which quotes it."""
    return words.partition("[type=")[0]
