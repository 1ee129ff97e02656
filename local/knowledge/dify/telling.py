"""How each kind of app tells an answer: which events, in which order."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.knowledge.answerers import ProviderError
from local.knowledge.history import Turn
from local.knowledge.thinking import in_tags

from . import wire
from .errors import DifyError
from .faults import HUNG, NEW_AGENT, QUOTA, REPLACE
from .runs import until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from local.knowledge.briefing import Briefing
    from local.knowledge.desk import Desk
    from local.knowledge.history import Session

    from .runs import Run

_MODERATED = "抱歉，这个问题的回答不便展示。"
_TOOL = "dataset_handbook"


@dataclass
class Telling:
    """One answer as a chat, agent or completion app tells it. text: what has been said so far."""

    desk: Desk
    run: Run
    briefing: Briefing
    session: Session
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    text: str = ""

    def __post_init__(self) -> None:
        self.begun = self.desk.now()

    @property
    def ids(self) -> wire.Json:
        """What every event of the answer repeats; a completion app has no conversation."""
        conversation = {"conversation_id": self.session.id} if self.session.id else {}
        return {
            **conversation,
            "message_id": self.message_id,
            "created_at": int(self.begun),
            "task_id": self.run.task_id,
        }

    @property
    def metadata(self) -> wire.Json:
        """What closes the answer."""
        return {
            "annotation_reply": None,
            "retriever_resources": wire.resources(self.briefing.passages, self.briefing.workspace.name),
            "usage": wire.usage(self.briefing, self.text, self.desk.now() - self.begun),
        }

    async def chat(self) -> AsyncGenerator[wire.Json, None]:
        """`message`s and `message_end`; a failure is an `error` and nothing after it."""
        try:
            async with aclosing(self.messages("message")) as messages:
                async for message in messages:
                    yield message
        except DifyError as error:
            yield self.error(error)
            return
        finally:
            self.remember()
        yield self.end()

    async def agent(self) -> AsyncGenerator[wire.Json, None]:
        """Thoughts that fill in several steps, `agent_message`s between them, then `message_end`."""
        ids, question = self.ids, self.briefing.question
        seen = "\n\n".join(passage.text for passage in self.briefing.passages)
        new = self.desk.faults.strikes(NEW_AGENT)
        yield wire.thought(ids, 1)
        yield wire.thought(ids, 1, tool=_TOOL, given=question)
        yield wire.thought(ids, 1, tool=_TOOL, given=question, seen=seen)
        yield wire.thought(ids, 2)
        try:
            async with aclosing(self.messages("agent_message")) as messages:
                async for message in messages:
                    yield message
        except DifyError as error:
            yield self.error(error)
            return
        finally:
            self.remember()
        yield wire.thought(ids, 2, text=self.text)
        if new:
            yield self.message("message", self.text)
        yield self.end() if not new else {**self.end(), "metadata": {"usage": self.metadata["usage"]}}

    async def messages(self, name: str) -> AsyncGenerator[wire.Json, None]:
        """The text as events, one with nothing in it if there is none; raises DifyError."""
        async with aclosing(self.spoken()) as pieces:
            async for piece in pieces:
                yield self.message(name, piece)
        if not self.text:
            yield self.message(name, "")
        if self.moderated():
            yield {"event": "message_replace", **self.ids, "answer": self.text, "reason": "output_moderation"}

    async def spoken(self) -> AsyncGenerator[str, None]:
        """The pieces until the run is stopped, noted in `text`; raises DifyError."""
        if self.desk.faults.strikes(QUOTA):
            raise DifyError("provider_quota_exceeded")
        if self.desk.faults.strikes(HUNG):
            await self.run.stopped.wait()
            return
        thinking = in_tags(self.desk.pieces(self.briefing), opening="<think>\n", closing="\n</think>")
        try:
            async with aclosing(until(self.run.stopped, thinking)) as pieces:
                async for piece in pieces:
                    self.text += piece
                    yield piece
        except ProviderError as error:
            # The provider's status survives in the words only.
            status = "" if error.status is None else f"status code {error.status}: "
            raise DifyError(
                "completion_request_error", f"[models] Error: API request failed with {status}{error.reason}"
            ) from error

    def moderated(self) -> bool:
        """Whether the whole text was replaced by another one."""
        replacement = self.desk.faults.take(REPLACE)
        if replacement is not None:
            self.text = replacement or _MODERATED
        return replacement is not None

    def message(self, name: str, text: str) -> wire.Json:
        """The next piece of text."""
        return {
            "event": name,
            **self.ids,
            "id": self.message_id,
            "answer": text,
            **({"from_variable_selector": None} if name == "message" else {}),
        }

    def end(self) -> wire.Json:
        """`message_end`, which does not tell whether the answer was stopped."""
        return {
            "event": "message_end",
            **self.ids,
            "id": self.message_id,
            "metadata": self.metadata,
            "files": [],
        }

    def error(self, error: DifyError) -> wire.Json:
        """`error`, which names no task."""
        ids = {name: value for name, value in self.ids.items() if name != "task_id"}
        return {"event": "error", **ids, **error.body}

    def remember(self) -> None:
        """Store the turn as far as it got."""
        if self.text:
            metrics: dict[str, Any] = {"user": self.run.user}
            turn = Turn(
                question=self.briefing.question,
                answer=self.text,
                mode="chat",
                asked_at=self.begun,
                passages=self.briefing.passages,
                metrics=metrics,
                message_id=self.message_id,
            )
            self.desk.history.remember(self.session, turn)
