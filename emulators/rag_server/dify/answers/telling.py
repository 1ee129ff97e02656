"""How each kind of app tells an answer: which events, in which order."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulators.rag_server.answering.answerers import ProviderError
from emulators.rag_server.answering.history import Turn
from emulators.rag_server.dify.answers import wire
from emulators.rag_server.dify.answers.reasoning import in_text
from emulators.rag_server.dify.answers.runs import until
from emulators.rag_server.dify.errors import DifyError, of_provider
from emulators.rag_server.dify.faults import (
    ANSWER_IN_FILE,
    HUNG,
    NEW_AGENT,
    PLUGIN_ERROR,
    QUOTA,
    REPLACE,
    STOPPED,
)
from emulators.rag_server.dify.versions import V0_15, V1_12, V1_13
from emulators.rag_server.http.misbehaviour import number

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.history import Session
    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.dify.answers.runs import Run
    from emulators.rag_server.versions import Version

_MODERATED = "抱歉，这个问题的回答不便展示。"
_TOOL = "dataset_handbook"

#: What an agent says before it looks something up; it is a part of the answer.
_ON_THE_WAY = ("我先查一下", "员工手册。")


@dataclass
class Telling:
    """One answer as a chat, agent or completion app tells it.

    streamed: it is told event by event. flow: the app is made of nodes.
    text: what has been said so far.
    """

    knowledge: KnowledgeBase
    run: Run
    briefing: Briefing
    session: Session
    version: Version
    streamed: bool = True
    flow: bool = False
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    text: str = ""

    def __post_init__(self) -> None:
        self.begun = self.knowledge.now()
        self._in_files = self.version >= V1_12 and self.knowledge.faults.strikes(ANSWER_IN_FILE)

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
        """What closes the answer; 0.6 and 0.15 cite only where there is something to cite."""
        cited = self.resources
        return {
            **({} if self.version < V1_12 else {"annotation_reply": None}),
            **({"retriever_resources": cited} if cited or self.version >= V1_12 else {}),
            "usage": wire.usage(self.briefing, self.text, self.knowledge.now() - self.begun),
        }

    @property
    def resources(self) -> list[wire.Json]:
        """The citations; a chatflow of 0.6.16 named none, though its retrieval node had found something."""
        if self.flow and self.version < V0_15:
            return []
        dataset = self.briefing.workspace.name
        return wire.resources(self.briefing.passages, dataset, self.version, flow=self.flow)

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
        """Thoughts that fill in steps, `agent_message`s before and after the tool, then `message_end`."""
        ids, question = self.ids, self.briefing.question
        seen = "\n\n".join(passage.text for passage in self.briefing.passages)
        new = self.version >= V1_13 and self.knowledge.faults.strikes(NEW_AGENT)
        yield wire.thought(ids, 1)
        second = ""
        try:
            async with aclosing(self.spoken()) as pieces:
                first = await anext(pieces, None)
                # The model writes before it calls the tool, unless it writes nothing at all.
                before = "" if first is None else "".join(_ON_THE_WAY)
                for piece in _ON_THE_WAY if before else ():
                    yield self.message("agent_message", piece)
                self.text = before + self.text
                yield wire.thought(ids, 1, text=before, tool=_TOOL, given=question)
                yield wire.thought(ids, 1, text=before, tool=_TOOL, given=question, seen=seen)
                yield wire.thought(ids, 2)
                if first is not None:
                    yield self.message("agent_message", first)
                async for message in self._rest("agent_message", pieces):
                    yield message
                second = self.text.removeprefix(before)
        except DifyError as error:
            yield self.error(error)
            return
        finally:
            self.remember()
        yield wire.thought(ids, 2, text=second)
        if new:
            yield self.message("message", self.text)
        yield self.end() if not new else {**self.end(), "metadata": {"usage": self.metadata["usage"]}}

    async def preset(self, text: str) -> AsyncGenerator[wire.Json, None]:
        """The answer to a question that is not let through, character by character; 0.x then repeats it."""
        self.text = text
        for character in text:
            yield self.message("message", character)
        if self.version < V1_12:
            yield {"event": "message_replace", **self.ids, "answer": text}
        self.remember()
        yield self.end()

    async def messages(self, name: str) -> AsyncGenerator[wire.Json, None]:
        """The text as events, the last of them empty, as a model's closing chunk is; raises DifyError."""
        async with aclosing(self.spoken()) as pieces:
            async for message in self._rest(name, pieces):
                yield message

    async def _rest(self, name: str, pieces: AsyncGenerator[str, None]) -> AsyncGenerator[wire.Json, None]:
        async for piece in pieces:
            yield self.message(name, piece)
        if not self.run.stopped.is_set() or not self.text:
            yield self.message(name, "")
        if self.moderated():
            reason = {} if self.version < V1_12 else {"reason": "output_moderation"}
            yield {"event": "message_replace", **self.ids, "answer": self.text, **reason}

    async def spoken(self) -> AsyncGenerator[str, None]:
        """The pieces until the run is stopped, noted in `text`; raises DifyError."""
        if self.knowledge.faults.strikes(QUOTA):
            raise DifyError("provider_quota_exceeded")
        if self.knowledge.faults.strikes(HUNG):
            await self.run.stopped.wait()
            return
        most = number(self.knowledge.faults, STOPPED, 3)
        thinking = in_text(self.knowledge.pieces(self.briefing), self.version, streamed=self.streamed)
        try:
            async with aclosing(until(self.run.stopped, thinking)) as pieces:
                said = 0
                async for piece in pieces:
                    self.text += piece
                    yield piece
                    said += 1
                    if most is not None and said >= most:
                        self.run.stopped.set()
                        return
        except ProviderError as error:
            raise of_provider(error, self.version, self.knowledge.faults.take(PLUGIN_ERROR)) from error

    def moderated(self) -> bool:
        """Whether the whole text was replaced by another one."""
        replacement = self.knowledge.faults.take(REPLACE)
        if replacement is not None:
            self.text = replacement or _MODERATED
        return replacement is not None

    def message(self, name: str, text: str) -> wire.Json:
        """The next piece of text."""
        if self._in_files:
            return {"event": "message_file", **self.ids, "id": self.message_id, "answer": text}
        since = name == "message" and self.version >= V0_15
        return {
            "event": name,
            **self.ids,
            "id": self.message_id,
            "answer": text,
            **({"from_variable_selector": None} if since else {}),
        }

    def end(self) -> wire.Json:
        """`message_end`, which does not tell whether the answer was stopped."""
        # Absent in 0.6; where there are no files, null for an app without nodes.
        files: wire.Json = {} if self.version < V0_15 else {"files": [] if self.flow else None}
        return {
            "event": "message_end",
            **self.ids,
            "id": self.message_id,
            "metadata": self.metadata,
            **files,
        }

    def speech_end(self) -> wire.Json:
        """What 0.6.16 says after the end of every stream, though nothing was to be spoken."""
        return {"event": "tts_message_end", **self.ids, "audio": ""}

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
            self.knowledge.history.remember(self.session, turn)
