"""The seam between answering and the RAG products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from rag_on_dingtalk.model import Citation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Ask(msgspec.Struct, frozen=True):
    """One question as a backend sees it.

    session_key: names the session for backends whose callers choose the id (AnythingLLM `sessionId`).
    conversation_id: what the backend called the conversation last time (Dify); empty for a new one.
    user: stable id of the asking side, for backends that scope conversations by user.
    """

    text: str
    session_key: str
    conversation_id: str = ""
    user: str = ""


class Text(msgspec.Struct, frozen=True):
    """The next piece of the answer: append it."""

    delta: str


class Replacement(msgspec.Struct, frozen=True):
    """The whole answer so far in new words (moderation, agents that repeat themselves): replace it."""

    text: str


class Citations(msgspec.Struct, frozen=True):
    """The sources; a later list replaces an earlier one."""

    items: tuple[Citation, ...]


class Identifiers(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the backend calls this conversation, this answer and the running task; empty when unknown."""

    conversation_id: str = ""
    message_id: str = ""
    task_id: str = ""


class NothingFound(msgspec.Struct, frozen=True):
    """The documents hold no answer; the text that goes with it is the backend's refusal.

    stock: nobody has put that text into words of their own; say it in the bot's language instead.
    """

    stock: bool = False


AnswerPart = Text | Replacement | Citations | Identifiers | NothingFound


class Backend(Protocol):
    """Answers one question, part by part."""

    def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """Stream the answer's parts; returning means the answer is complete.

        Closing the generator (`contextlib.aclosing`) or cancelling its task ends the request at once.

        Raises:
            BackendError: there is no answer, or it broke off; the parts already yielded stand.
        """
        ...

    async def stop(self, ask: Ask, task_id: str) -> None:
        """End an answer at the backend too, after its stream was closed; some only end there.

        Raises:
            BackendError: it could not be told.
        """
        ...
