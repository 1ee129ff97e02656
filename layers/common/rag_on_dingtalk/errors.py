"""Everything this package raises on purpose.

* BotError
  + ConfigurationError         bots.yaml, an environment variable or a secret is wrong
    - SecretUnavailableError   where the secret is kept could not be asked; it may be there a moment later
  + RequestRefusedError        the callback says no: not DingTalk, stale, too large, unreadable
  + QueueError                 Function Compute did not take the question
  + DingTalkError              DingTalk's API said no, or could not be reached
  + StateError                 Tablestore said no, or could not be reached
  + UnreadableRowError         a row of Tablestore was not written by this library
  + FetchError                 an address named by a document or a backend was not fetched
  + LostClaimError             another invocation has taken the turn over; this one stops sending
  + WaitsElsewhereError        a question waits for an earlier one and was queued again; this invocation ends
  + TurnTakenError             another invocation still holds the turn; Function Compute is to try again
  + CloudError                 an API of Alibaba Cloud that `setup` calls said no, or could not be reached
  + ModerationError            a moderation service did not judge a text
  + UserVisibleError           its `kind` has a sentence in `texts` that may be shown in the chat
    - BackendError             the RAG backend could not answer

`str(error)` is for logs and administrators. Only a UserVisibleError's kind reaches a person, never its text:
backends put URLs, key fragments and stack traces into theirs.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal


class BotError(Exception):
    """The root: what happened and what to do next, in one sentence each."""


class ConfigurationError(BotError):
    """The configuration cannot be used; raised at start or by `python -m rag_on_dingtalk check`."""


class SecretUnavailableError(ConfigurationError):
    """A secret could not be read now, though nothing says that it is not there: ask again a moment later."""


class RequestRefusedError(BotError):
    """A callback request that must change nothing.

    status: HTTP status to answer.
    reason: one word for the log, for example `signature`; never sent to the caller.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"request refused: {reason}")
        self.status = status
        self.reason = reason


class QueueError(BotError):
    """The question was not queued; the person must be told at once, DingTalk will not send it again."""


#: DingTalk's codes for "try again", whatever the HTTP status; the numbers are the older API's.
_BUSY = frozenset(("-1", "90002", "90018", "system.busy", "system.error", "systemBusy"))


class DingTalkError(BotError):
    """A call to DingTalk failed.

    code: DingTalk's own code (`Forbidden.AccessDenied.…`, an errcode as text), or `unreachable`.
    status: HTTP status, 0 when there was no answer.
    """

    def __init__(self, code: str, message: str, *, status: int = 0) -> None:
        super().__init__(f"DingTalk answered {code}: {message}")
        self.code = code
        self.status = status
        #: An earlier attempt of the same call may have been carried out.
        self.after_doubt = False
        #: The call has not left: the gate held it back, or there was no connection, or no token for it.
        self.never_left = False

    @property
    def throttled(self) -> bool:
        """DingTalk reports throttling as 403 with a code, not as 429."""
        return "QpsLimit" in self.code or "QpmLimit" in self.code or self.status == 429  # noqa: PLR2004 - HTTP

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed a second later."""
        busy = self.status == 0 or self.status >= 500 or self.code in _BUSY  # noqa: PLR2004 - HTTP
        return self.throttled or busy

    @property
    def may_have_happened(self) -> bool:
        """DingTalk may have carried the call out, this time or at an earlier attempt."""
        return self.after_doubt or (self.retryable and not self.throttled and not self.never_left)

    @property
    def bad_token(self) -> bool:
        """The access token was refused: fetch a new one and try once more."""
        return self.code == "InvalidAuthentication" or self.status == 401  # noqa: PLR2004 - HTTP


class StateError(BotError):
    """Tablestore could not do what was asked.

    code: the service's code (`OTSServerBusy`, …), or `unreachable`.
    ambiguous: the write may have happened all the same.
    """

    def __init__(self, code: str, message: str, *, ambiguous: bool = False) -> None:
        super().__init__(f"Tablestore answered {code}: {message}")
        self.code = code
        self.ambiguous = ambiguous


class CloudError(BotError):
    """A call of `setup` to Alibaba Cloud failed.

    code: the service's own code (`NoPermission`, …), or `unreachable`.
    status: HTTP status, 0 without an answer.
    """

    def __init__(self, action: str, code: str, message: str, *, status: int = 0, advice: str = "") -> None:
        super().__init__(f"{action} answered {code}: {message.rstrip('. ')}. {advice}".rstrip())
        self.code = code
        self.status = status


class ModerationError(BotError):
    """A moderation service did not judge a text.

    code: the service's own, or `unreachable`, `unreadable`, `too_long`.
    """

    def __init__(self, code: str, advice: str) -> None:
        super().__init__(f"The moderation service answered {code}. {advice}")
        self.code = code


class UnreadableRowError(BotError):
    """A row cannot be read; the others can."""


class FetchError(BotError):
    """An address named by a document or a backend was not fetched.

    reason: `address` (it may not be called), `too_large`, `refused` (its server said no) or `unreachable`.
    """

    def __init__(
        self, reason: Literal["address", "too_large", "refused", "unreachable"], message: str
    ) -> None:
        super().__init__(message)
        self.reason = reason


class LostClaimError(BotError):
    """The lease on a turn ended while it was being answered, and another invocation has taken the turn."""


class WaitsElsewhereError(BotError):
    """The question was queued again and waits without an invocation; nothing failed."""


class TurnTakenError(BotError):
    """Another invocation holds the turn and has not finished it; this invocation has no time left to wait."""


class UserVisibleError(BotError):
    """A failure with a sentence for the person who asked."""

    kind: FailureKind

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class FailureKind(str, Enum):
    """Why there is no answer; each has a sentence in `texts` in every language."""

    CONFIG_AUTH = "config_auth"
    CONFIG_TARGET = "config_target"
    CONVERSATION_GONE = "conversation_gone"
    BUSY = "busy"
    PAUSED = "paused"
    QUOTA = "quota"
    BLOCKED = "blocked"
    ANSWER_BLOCKED = "answer_blocked"
    UNCHECKED = "unchecked"
    UPSTREAM = "upstream"
    FORM = "form"
    UNREACHABLE = "unreachable"
    INTERRUPTED = "interrupted"
    CUT_SHORT = "cut_short"
    TIMEOUT = "timeout"
    EMPTY = "empty"
    BAD_INPUT = "bad_input"
    FILE_REFUSED = "file_refused"
    FILE_TOO_LARGE = "file_too_large"
    FILE_LOST = "file_lost"
    DEADLINE = "deadline"
    QUEUED_TOO_LONG = "queued_too_long"
    STOPPED = "stopped"
    LIMITED = "limited"
    INTERNAL = "internal"


class BackendError(UserVisibleError):
    """The RAG backend failed.

    str(error): the administrator's sentence, with the backend's own words shortened.
    begun: the backend had begun to work on the question; asking again would make it work twice.
    verdict: the backend is well and has decided so (a form, a failed node, a refused key of its model):
        neither asking again nor waiting helps, and it says nothing about the next question.
    """

    def __init__(self, kind: FailureKind, detail: str, *, begun: bool = False, verdict: bool = False) -> None:
        super().__init__(kind, detail)
        self.begun = begun
        self.verdict = verdict
