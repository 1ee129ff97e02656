"""A backend's failures: which kind one is, and how much of the backend's wording is kept."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.verdicts.symptoms import is_verdict, provider_failure
from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.secret import Secret

__all__ = ["QUOTE_LIMIT", "Failures", "provider_failure", "status_failure"]

#: Longest quotation of a backend in an error, characters.
QUOTE_LIMIT = 240
#: The part of a backend's words that is read, characters.
_SEEN = 4_000
#: So much of a key's beginning tells it, characters; a shorter key is hidden as a whole.
_TELLING = 12

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

_ADVICE = {
    FailureKind.CONFIG_AUTH: "Check the key that backend.api_key refers to.",
    FailureKind.CONVERSATION_GONE: "Start a new conversation.",
    FailureKind.BUSY: "Ask again shortly; if this is frequent, raise its limit or its model provider's.",
    FailureKind.QUOTA: "Raise the quota or the balance at its model provider.",
    FailureKind.BLOCKED: "Put the question differently, or loosen the content filter there.",
    FailureKind.UPSTREAM: "Look into its log and test its model provider.",
    FailureKind.FORM: "Answer the form there, or take that node out of the flow: a chat cannot fill it in.",
    FailureKind.CUT_SHORT: "Raise the model's limit of output tokens (max_tokens) there or in backend.extra.",
    FailureKind.UNREACHABLE: "Check that it runs and that backend.base_url reaches it from this network.",
    FailureKind.INTERRUPTED: "Ask again; if this is frequent, look into its log and its proxy's.",
    FailureKind.TIMEOUT: "Find out why it is slow, or raise backend.timeouts.",
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

    def error(
        self,
        kind: FailureKind,
        what: str,
        said: str = "",
        *,
        begun: bool = False,
        verdict: bool = False,
        advice: str = "",
    ) -> BackendError:
        """The error for an administrator: `<product> <what>: <said>. <advice>`.

        begun, verdict: see `BackendError`.
        advice: in place of the usual one for this kind.
        """
        quotation = self._quote(said)
        happened = f"{self._product} {what}" + (f": {quotation}" if quotation else "")
        sentence = f"{happened.rstrip('.')}. {advice or self._advice[kind]}"
        return BackendError(kind, sentence, begun=begun, verdict=verdict or is_verdict(said))

    def _quote(self, words: str) -> str:
        key = self._api_key.reveal()
        words = words[:_SEEN]
        if key:
            # Servers repeat a part of it, too.
            words = re.sub(re.escape(key[:_TELLING]) + r"[\w*.-]*", "…", words.replace(key, "…"))
        plain = " ".join(words.split())
        plain = _CREDENTIAL.sub("…", plain)
        return plain if len(plain) <= QUOTE_LIMIT else plain[:QUOTE_LIMIT] + "…"


_STATUS: dict[int, FailureKind] = {
    HTTPStatus.BAD_REQUEST: FailureKind.BAD_INPUT,
    HTTPStatus.UNAUTHORIZED: FailureKind.CONFIG_AUTH,
    HTTPStatus.PAYMENT_REQUIRED: FailureKind.QUOTA,
    HTTPStatus.FORBIDDEN: FailureKind.CONFIG_AUTH,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: FailureKind.BAD_INPUT,
    HTTPStatus.UNPROCESSABLE_ENTITY: FailureKind.BAD_INPUT,
    HTTPStatus.TOO_MANY_REQUESTS: FailureKind.BUSY,
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: FailureKind.BLOCKED,
    HTTPStatus.SERVICE_UNAVAILABLE: FailureKind.BUSY,
}


def status_failure(status: int) -> FailureKind:
    """What an HTTP status means when the body says nothing better; a 200 that is no answer fails, too."""
    redirect_or_client = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return _STATUS.get(status, FailureKind.CONFIG_TARGET if redirect_or_client else FailureKind.UPSTREAM)
