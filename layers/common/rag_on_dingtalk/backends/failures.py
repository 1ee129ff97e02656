"""A backend's failures: which kind one is, and how much of the backend's wording is kept."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from rag_on_dingtalk.config import Secret

#: Longest quotation of a backend in an error, characters.
QUOTE_LIMIT = 240
#: How much of it is looked at.
_SEEN = 4_000

_CREDENTIAL = re.compile(
    r"""
      (?i:\b(?:authorization|api[-_\ ]?key|token|secret|password)["']?\s*[:=]\s*["']?
          (?:bearer\s+)?[^\s"',;&]+)
    | (?i:\bbearer\s+\S+)
    | \bsk-[\w*.-]{6,}                          # model providers, often half masked by them
    | \b(?:app|dataset|fastgpt|ragflow)-[A-Za-z0-9]{12,}  # Dify, FastGPT, RAGFlow
    | \b(?:[A-Z0-9]{7}-)+[A-Z0-9]+              # AnythingLLM
    | (?<=://)[^\s/@]+(?=@)                     # user:password in a URL
    | \b(?=[A-Za-z_]*\d)\w{24,}                 # any long opaque token, but no UUID: those find log lines
    """,
    re.VERBOSE | re.ASCII,
)

#: Model providers' errors reach us only as text, through products that wrap them. The first match wins:
#: an exhausted quota also says 429.
_SYMPTOMS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            FailureKind.QUOTA,
            (
                r"insufficient_\w*quota|quota\w*[ _]exceeded|exceeded your current quota|arrearage"
                r"|insufficient balance|(?:^|status(?: code)?:? ?)402\b"
            ),
        ),
        (FailureKind.BLOCKED, r"content.?filter|data.?inspection.?failed|\bmoderated\b"),
        (
            FailureKind.BUSY,
            r"(?:^|status(?: code)?:? ?)(?:429|503)\b|rate.?limit|too many requests|throttl|overloaded",
        ),
        (FailureKind.BAD_INPUT, r"context.?length|maximum context"),
    )
)

_ADVICE = {
    FailureKind.CONFIG_AUTH: "Check the key that backend.api_key refers to.",
    FailureKind.CONVERSATION_GONE: "Start a new conversation.",
    FailureKind.BUSY: "Ask again shortly; if this is frequent, raise its limit or its model provider's.",
    FailureKind.QUOTA: "Raise the quota or the balance at its model provider.",
    FailureKind.BLOCKED: "Put the question differently, or loosen the content filter there.",
    FailureKind.UPSTREAM: "Look into its log and test its model provider.",
    FailureKind.UNREACHABLE: "Check that it runs and that backend.base_url reaches it from this network.",
    FailureKind.INTERRUPTED: "Ask again; if this is frequent, look into its log and its proxy's.",
    FailureKind.TIMEOUT: "Find out why it is slow, or raise backend.patience.",
    FailureKind.EMPTY: "Ask the same there and look at the prompt, the model and the documents.",
    FailureKind.FILE_REFUSED: "Send a smaller file or another kind, or ask in words.",
    FailureKind.BAD_INPUT: "Shorten or rephrase the question, and compare backend with what it expects.",
}


class Failures:
    """Builds one backend's errors: what happened, its own words shortened, what to do next.

    product: its name, the subject of the sentence.
    target_advice: what to check when the configured place is wrong.
    """

    def __init__(self, product: str, api_key: Secret, target_advice: str) -> None:
        self._product = product
        self._api_key = api_key
        self._advice = {**_ADVICE, FailureKind.CONFIG_TARGET: target_advice}

    def error(self, kind: FailureKind, what: str, said: str = "") -> BackendError:
        """The error for an administrator: `<product> <what>: <said>. <advice>`."""
        quotation = self._quote(said)
        happened = f"{self._product} {what}" + (f": {quotation}" if quotation else "")
        return BackendError(kind, f"{happened.rstrip('.')}. {self._advice[kind]}")

    def _quote(self, words: str) -> str:
        plain = " ".join(words[:_SEEN].replace(self._api_key.reveal(), "…").split())
        plain = _CREDENTIAL.sub("…", plain)
        return plain if len(plain) <= QUOTE_LIMIT else plain[:QUOTE_LIMIT] + "…"


def provider_failure(words: str) -> FailureKind:
    """What a model provider's error text means; UPSTREAM when it gives no hint.

    A bad key at the provider is UPSTREAM too: the bot's own key is fine.
    """
    return next((kind for kind, symptom in _SYMPTOMS if symptom.search(words)), FailureKind.UPSTREAM)


_STATUS: dict[int, FailureKind] = {
    HTTPStatus.BAD_REQUEST: FailureKind.BAD_INPUT,
    HTTPStatus.UNAUTHORIZED: FailureKind.CONFIG_AUTH,
    HTTPStatus.PAYMENT_REQUIRED: FailureKind.QUOTA,
    HTTPStatus.FORBIDDEN: FailureKind.CONFIG_AUTH,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: FailureKind.BAD_INPUT,
    HTTPStatus.UNPROCESSABLE_ENTITY: FailureKind.BAD_INPUT,
    HTTPStatus.TOO_MANY_REQUESTS: FailureKind.BUSY,
    HTTPStatus.SERVICE_UNAVAILABLE: FailureKind.BUSY,
}


def status_failure(status: int) -> FailureKind:
    """What an HTTP status means when the body says nothing better; a 200 that is no answer fails, too."""
    redirect_or_client = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return _STATUS.get(status, FailureKind.CONFIG_TARGET if redirect_or_client else FailureKind.UPSTREAM)
