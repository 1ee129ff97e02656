"""The seam between answering and the RAG products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from rag_on_dingtalk.models.answer import Citation, Exchange

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Upload(msgspec.Struct, frozen=True):
    """A picture or a file that belongs to a question.

    media_type: for example `image/png`.
    """

    name: str
    media_type: str
    data: bytes

    @property
    def is_picture(self) -> bool:
        """A picture, as opposed to any other file."""
        return self.media_type.startswith("image/")


class Ask(msgspec.Struct, frozen=True):
    """One question as a backend sees it.

    session_key: names the session for backends whose callers choose the id (AnythingLLM `sessionId`).
    conversation_id: what the backend called the conversation last time (Dify); empty for a new one.
    user: stable id of the asking side, for backends that scope conversations by user.
    user_name: the asker's name, empty unless the bot shares it.
    history: the session so far, oldest first, for backends that remember nothing themselves.
    trace_id: finds the question in the backend's logs; sent as `X-Request-Id`.
    """

    text: str
    session_key: str
    conversation_id: str = ""
    user: str = ""
    user_name: str = ""
    history: tuple[Exchange, ...] = ()
    uploads: tuple[Upload, ...] = ()
    trace_id: str = ""


class Text(msgspec.Struct, frozen=True):
    """The next piece of the answer: append it."""

    delta: str


class Reasoning(msgspec.Struct, frozen=True):
    """The next piece of the model's thoughts, where the backend tells them apart from the answer."""

    delta: str


class Replacement(msgspec.Struct, frozen=True):
    """The whole answer so far in new words (moderation, agents that repeat themselves): replace it."""

    text: str


class Citations(msgspec.Struct, frozen=True):
    """The sources; a later list replaces an earlier one."""

    items: tuple[Citation, ...]


class Suggestions(msgspec.Struct, frozen=True):
    """Questions that could follow."""

    items: tuple[str, ...]


class AnswerFile(msgspec.Struct, frozen=True):
    """A file the answer consists of or comes with.

    url: where it is, resolved against the backend's address.
    """

    url: str
    name: str = ""
    picture: bool = False


class Usage(msgspec.Struct, frozen=True):
    """What the answer cost in tokens."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Identifiers(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the backend calls this conversation, this answer and the running task; empty when unknown."""

    conversation_id: str = ""
    message_id: str = ""
    task_id: str = ""


class NothingFound(msgspec.Struct, frozen=True):
    """The documents hold no answer; the text that goes with it is the backend's refusal.

    stock: the text is the product's default; the bot says it in its own language instead.
    """

    stock: bool = False


class Anomaly(msgspec.Struct, frozen=True):
    """The answer was not as documented; for the log, never for a person, and without a word of the answer.

    what: for example `unreadable` or `finish_reason`.
    detail: what helps to find the cause: a number, a word of the protocol.
    lost: a part of the answer may be missing.
    """

    what: str
    detail: str = ""
    lost: bool = False


AnswerPart = (
    Text
    | Reasoning
    | Replacement
    | Citations
    | Suggestions
    | AnswerFile
    | Usage
    | Identifiers
    | NothingFound
    | Anomaly
)


class Finding(msgspec.Struct, frozen=True):
    """One thing `check` found out about a backend.

    what: for example `key` or `streaming`; `places`: where the parts of an answer were found.
    detail: what is there, or what is wrong and what to do about it.
    """

    what: Literal["reachable", "key", "target", "streaming", "places"]
    well: bool
    detail: str


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
            BackendError: the backend could not be reached, or refused the call.
        """
        ...

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """Pass a person's 👍 or 👎 on, None takes it back; does nothing where there is no place for it.

        message_id: what `Identifiers` called the answer; user: as in `Ask`.

        Raises:
            BackendError: the backend could not be reached, or refused the call.
        """
        ...

    async def probe(self) -> tuple[Finding, ...]:
        """Whether it is reachable, takes the key, has what the settings name, and streams; never raises."""
        ...
