"""How apps that are made of nodes tell an answer: chatflows and workflows."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import DifyError
from .faults import ENDS_SWAPPED, HUMAN_INPUT, WORKFLOW_FAILED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from .telling import Telling
    from .wire import Json

_WORKFLOW_ID = str(uuid.uuid5(uuid.NAMESPACE_URL, "workflow"))
_TITLES = {
    "start": "开始",
    "knowledge-retrieval": "知识检索",
    "llm": "大模型",
    "end": "结束",
    "answer": "回复",
}
_BROKEN_NODE = "Node llm run failed: the model did not answer."


@dataclass
class Flow:
    """One answer told through nodes; `telling` has the text and the ids.

    chat: it is a chatflow, whose text comes as `message`s and which ends with `message_end`.
    """

    telling: Telling
    chat: bool
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    steps: int = 0

    @property
    def ids(self) -> Json:
        """What every event repeats."""
        named = self.telling.ids if self.chat else {"task_id": self.telling.run.task_id}
        return {**named, "workflow_run_id": self.run_id}

    async def events(self) -> AsyncGenerator[Json, None]:
        """`workflow_started`, the nodes with the text between them, and the ends."""
        yield self._event("workflow_started", inputs={}, created_at=int(self.telling.begun), reason="initial")
        if self.telling.desk.faults.strikes(HUMAN_INPUT):
            for event in self._pause():
                yield event
            return
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
        problem = self.telling.desk.faults.take(WORKFLOW_FAILED)
        if problem is not None:
            raise DifyError("invalid_param", problem or _BROKEN_NODE)
        if self.chat:
            async with aclosing(self.telling.messages("message")) as messages:
                async for message in messages:
                    yield (
                        {**message, "from_variable_selector": ["llm", "text"]} if "id" in message else message
                    )
            return
        async with aclosing(self.telling.spoken()) as pieces:
            async for piece in pieces:
                yield self._event(
                    "text_chunk", named=False, text=piece, from_variable_selector=["llm", "text"]
                )
        if self.telling.moderated():
            yield self._event("text_replace", named=False, text=self.telling.text)

    def _ends(self) -> Iterator[Json]:
        status = "stopped" if self.telling.run.stopped.is_set() else "succeeded"
        ends = [self.finished(status)]
        if self.chat:
            ends.append(self.telling.end())
            if self.telling.desk.faults.strikes(ENDS_SWAPPED):
                ends.reverse()
        yield from ends

    def _failed(self, error: DifyError) -> Iterator[Json]:
        # A workflow says it here only; a chatflow once more, and then has no message_end.
        yield self.finished("failed", error=str(error))
        if self.chat:
            yield self.telling.error(DifyError("invalid_param", f"Run failed: {error}"))

    def _pause(self) -> Iterator[Json]:
        form = {"form_id": str(uuid.uuid4()), "form_token": uuid.uuid4().hex, "node_title": "确认"}
        yield {"event": "human_input_required", **self.ids, "data": form}
        yield {
            "event": "workflow_paused",
            **self.ids,
            "data": {"reasons": [{"TYPE": "human_input_required"}]},
        }

    def finished(self, status: str, *, error: str | None = None) -> Json:
        """`workflow_finished`, whose data is also the blocking answer's."""
        now = self.telling.desk.now()
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
            exceptions_count=0,
            files=[],
        )

    def _found(self, node: str) -> Json:
        if node != "knowledge-retrieval":
            return {}
        return {"result": self.telling.metadata["retriever_resources"]}

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
        }
        if name == "node_finished":
            data |= {
                "process_data": None,
                "outputs": outputs,
                "status": status,
                "error": error,
                "elapsed_time": 0.0,
                "execution_metadata": None,
                "finished_at": int(self.telling.desk.now()),
                "files": [],
            }
        return {"event": name, **self.ids, "data": data}
