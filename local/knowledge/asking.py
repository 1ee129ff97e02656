"""The body of a `/chat` or `/stream-chat` request, checked as AnythingLLM 1.16 checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

#: There are no agents here, so `automatic` is `chat`, as it is for a provider without native tool calls.
MODES = ("chat", "query", "automatic")


class RejectedError(Exception):
    """Raised when a request is answered with an `abort` and this HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Ask:
    """What is asked. question: "" only with `reset`. session: None for the history shared by all callers."""

    question: str
    mode: str
    session: str | None
    reset: bool


def read_ask(body: Mapping[str, Any], default_mode: str) -> Ask:
    """Read the body; raises RejectedError."""
    message, mode, reset = body.get("message"), body.get("mode") or default_mode, bool(body.get("reset"))
    if isinstance(message, list) and message:
        raise RejectedError(500, "message.startsWith is not a function")
    question = wire.well_formed(message) if isinstance(message, str) else ""
    if not question and not reset:
        raise RejectedError(400, "Message is empty")
    if mode not in MODES and not reset:
        raise RejectedError(400, f"{mode} is not a valid mode.")
    return Ask(question, str(mode), session_of(body), reset)


def session_of(body: Mapping[str, Any]) -> str | None:
    """The `sessionId`; a number is as good as a string."""
    session = body.get("sessionId")
    return None if session is None else wire.well_formed(str(session))
