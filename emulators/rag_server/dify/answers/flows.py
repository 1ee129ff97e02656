"""How apps that are made of nodes tell an answer: chatflows and workflows."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulators.rag_server.dify.answers.flow_fields import of_end, of_node, of_start, of_text
from emulators.rag_server.dify.answers.forms import NODE, TITLE
from emulators.rag_server.dify.errors import DifyError
from emulators.rag_server.dify.faults import ENDS_SWAPPED, HUMAN_INPUT, WORKFLOW_FAILED
from emulators.rag_server.dify.versions import V1_13

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from emulators.rag_server.dify.answers.forms import Forms
    from emulators.rag_server.dify.answers.telling import Telling
    from emulators.rag_server.dify.answers.wire import Json

_WORKFLOW_ID = str(uuid.uuid5(uuid.NAMESPACE_URL, "workflow"))
_TITLES = {
    "start": "开始",
    "knowledge-retrieval": "知识检索",
    "llm": "大模型",
    "end": "结束",
    "answer": "回复",
    NODE: TITLE,
}
#: Said when the person did not agree.
_GIVEN_UP = "好的，这个问题就不回答了。"
_BROKEN_NODE = "Node llm run failed: the model did not answer."


@dataclass
class Flow:
    """One answer told through nodes; `telling` has the text and the ids.

    chat: it is a chatflow, whose text comes as `message`s and which ends with `message_end`.
    """

    telling: Telling
    chat: bool
    forms: Forms
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    steps: int = 0

    @property
    def ids(self) -> Json:
        """What every event repeats."""
        named = self.telling.ids if self.chat else {"task_id": self.telling.run.task_id}
        return {**named, "workflow_run_id": self.run_id}

    async def events(self) -> AsyncGenerator[Json, None]:
        """`workflow_started`, the nodes with the text between them, and the ends."""
        yield self._event(
            "workflow_started",
            inputs={},
            created_at=int(self.telling.begun),
            **of_start(self.telling.version),
        )
        form = self.telling.knowledge.faults.take(HUMAN_INPUT) if self.telling.version >= V1_13 else None
        if form is not None:
            for event in self._pause(bare=form == "bare"):
                yield event
            return
        async with aclosing(self._answer()) as events:
            async for event in events:
                yield event

    async def resumed(self, *, rejected: bool) -> AsyncGenerator[Json, None]:
        """The events after the form was handed in."""
        yield {
            "event": "human_input_form_filled",
            **self.ids,
            "data": {"node_id": NODE, "node_title": TITLE, "action_id": "reject" if rejected else "approve"},
        }
        yield self._node("node_finished", NODE)
        async with aclosing(self._declined() if rejected else self._answer()) as events:
            async for event in events:
                yield event

    async def _declined(self) -> AsyncGenerator[Json, None]:
        self.telling.text = _GIVEN_UP
        if self.chat:
            yield {
                **self.telling.message("message", _GIVEN_UP),
                "from_variable_selector": ["answer", "answer"],
            }
        self.telling.remember()
        for event in self._ends():
            yield event

    async def _answer(self) -> AsyncGenerator[Json, None]:
        for node in ("start", "knowledge-retrieval"):
            yield self._node("node_started", node)
            yield self._node("node_finished", node, outputs=self._found(node))
        yield self._node("node_started", "llm")
        try:
            async with aclosing(self._text()) as text:
                async for event in text:
                    yield event
        except DifyError as error:
            yield self._node("node_finished", "llm", status="failed", error=str(error))
            for event in self._failed(error):
                yield event
            return
        finally:
            self.telling.remember()
        yield self._node("node_finished", "llm", outputs={"text": self.telling.text})
        last = "answer" if self.chat else "end"
        yield self._node("node_started", last)
        yield self._node("node_finished", last, outputs={"answer": self.telling.text})
        for event in self._ends():
            yield event

    async def _text(self) -> AsyncGenerator[Json, None]:
        problem = self.telling.knowledge.faults.take(WORKFLOW_FAILED)
        if problem is not None:
            raise DifyError("invalid_param", problem or _BROKEN_NODE)
        if self.chat:
            async with aclosing(self.telling.messages("message")) as messages:
                async for message in messages:
                    named = "from_variable_selector" in message
                    yield {**message, "from_variable_selector": ["llm", "text"]} if named else message
            return
        async with aclosing(self.telling.spoken()) as pieces:
            async for piece in pieces:
                yield self._chunk(piece)
        if not self.telling.run.stopped.is_set():
            yield self._chunk("")
        if self.telling.moderated():
            yield self._event("text_replace", named=False, text=self.telling.text)

    def _chunk(self, text: str) -> Json:
        return self._event("text_chunk", named=False, text=text, **of_text(self.telling.version))

    def _ends(self) -> Iterator[Json]:
        status = "stopped" if self.telling.run.stopped.is_set() else "succeeded"
        ends = [self.finished(status)]
        if self.chat:
            ends.append(self.telling.end())
            if self.telling.knowledge.faults.strikes(ENDS_SWAPPED):
                ends.reverse()
        yield from ends

    def _failed(self, error: DifyError) -> Iterator[Json]:
        # A workflow says it here only; a chatflow once more, and then has no message_end.
        yield self.finished("failed", error=str(error))
        if self.chat:
            yield self.telling.error(DifyError("invalid_param", f"Run failed: {error}"))

    def _pause(self, *, bare: bool) -> Iterator[Json]:
        now = self.telling.knowledge.now()
        form = self.forms.ask(self, now)
        yield self._node("node_started", NODE)
        # Some versions send the event to API callers without its data.
        yield {"event": "human_input_required", **self.ids, "data": {} if bare else form.data}
        yield self._event(
            "workflow_paused",
            named=False,
            workflow_run_id=self.run_id,
            paused_nodes=[NODE],
            outputs={},
            reasons=[{"TYPE": "human_input_required", **({} if bare else form.data)}],
            status="paused",
            created_at=int(self.telling.begun),
            elapsed_time=round(now - self.telling.begun, 3),
            total_tokens=0,
            total_steps=self.steps,
        )

    def finished(self, status: str, *, error: str | None = None) -> Json:
        """`workflow_finished`, whose data is also the blocking answer's."""
        now = self.telling.knowledge.now()
        answered = {"answer": self.telling.text} if self.chat else {"text": self.telling.text}
        return self._event(
            "workflow_finished",
            status=status,
            outputs=answered if error is None else {},
            error=error,
            elapsed_time=round(now - self.telling.begun, 3),
            total_tokens=self.telling.metadata["usage"]["total_tokens"],
            total_steps=self.steps,
            created_by={"id": self.telling.run.user, "user": self.telling.run.user},
            created_at=int(self.telling.begun),
            finished_at=int(now),
            **of_end(self.telling.version),
            files=[],
        )

    def _found(self, node: str) -> Json:
        if node != "knowledge-retrieval":
            return {}
        return {"result": self.telling.resources}

    def _event(self, name: str, *, named: bool = True, **data: Any) -> Json:
        workflow = {"id": self.run_id, "workflow_id": _WORKFLOW_ID} if named else {}
        return {"event": name, **self.ids, "data": {**workflow, **data}}

    def _node(
        self,
        name: str,
        kind: str,
        *,
        status: str = "succeeded",
        error: str | None = None,
        outputs: Json | None = None,
    ) -> Json:
        self.steps += name == "node_started"
        data: Json = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.run_id}/{kind}")),
            "node_id": kind,
            "node_type": kind,
            "title": _TITLES[kind],
            "index": self.steps,
            "predecessor_node_id": None,
            "inputs": None,
            "created_at": int(self.telling.begun),
            "extras": {},
            **of_node(self.telling.version),
        }
        if name == "node_finished":
            data |= {
                "process_data": None,
                "outputs": outputs,
                "status": status,
                "error": error,
                "elapsed_time": 0.0,
                "execution_metadata": None,
                "finished_at": int(self.telling.knowledge.now()),
                "files": [],
            }
        return {"event": name, **self.ids, "data": data}
