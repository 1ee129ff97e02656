"""An application's answers: whole or as a stream, in the form of its kind."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulators.rag_server.answering.answerers import Piece, ProviderError
from emulators.rag_server.answering.history import Turn
from emulators.rag_server.bailian import wire
from emulators.rag_server.bailian.errors import BailianError
from emulators.rag_server.bailian.faults import BLOCKED, FINISH, REPEATS
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError, cut_short, number

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.history import Session
    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.bailian.asking import Ask

AGENT, WORKFLOW, AGENT_2 = "agent", "workflow", "agent2"
KINDS = (AGENT, WORKFLOW, AGENT_2)


@dataclass
class Answer:
    """One answer in the making. kind: of the app; text, thoughts: what has been said so far."""

    knowledge: KnowledgeBase
    kind: str
    ask: Ask
    briefing: Briefing
    session: Session
    text: str = ""
    thoughts: str = ""
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """The pieces, noted; raises BailianError, BrokenConnectionError."""
        blocked = number(self.knowledge.faults, BLOCKED, 5)
        pieces = cut_short(
            self.knowledge.pieces(self.briefing), blocked, BailianError("DataInspectionFailed")
        )
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    yield self._noted(piece)
            # A mark is a few tokens long: it may be cut anywhere.
            for part in ("<re", "f>[1]</r", "ef>") if self._marked else ():
                yield self._noted(Piece(part))
        except ProviderError as error:
            raise BailianError.of_model(error) from error
        finally:
            self._remember()

    async def whole(self) -> wire.Json:
        """Everything in one piece; raises as `pieces`."""
        async with aclosing(self.pieces()) as pieces:
            async for _ in pieces:
                pass
        return self._event(Piece(self.text), finish=self._finish(), whole=True)

    async def events(
        self, request: Request, pieces: AsyncGenerator[Piece, None]
    ) -> AsyncGenerator[bytes, None]:
        """The stream; a failure is its last event."""
        sent = 0
        # A workflow whose nodes do not stream says everything at its end.
        silent = self.kind == WORKFLOW and not self.ask.flow
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    if silent or (piece.thought and not self._tells(piece)):
                        continue
                    sent += 1
                    yield wire.event_bytes(sent, self._event(piece, whole=not self.ask.incremental))
            whole = silent or not self.ask.incremental or self.knowledge.faults.strikes(REPEATS)
            last = self._event(Piece(""), finish=self._finish(), whole=whole)
            yield wire.event_bytes(sent + 1, last)
        except BailianError as error:
            body = error.body(self.request_id)
            yield wire.event_bytes(sent + 1, body, name="error", status=error.status)
        except BrokenConnectionError:
            await hang_up(request)

    def _finish(self) -> str:
        given = self.knowledge.faults.take(FINISH)
        return "stop" if given is None else given or "length"

    @property
    def _marked(self) -> bool:
        return bool(self.text and self.briefing.passages) and self.ask.references != "simple"

    def _tells(self, piece: Piece) -> bool:
        return piece.thought and (self.ask.thoughts or self.kind == AGENT_2)

    def _noted(self, piece: Piece) -> Piece:
        if piece.thought:
            self.thoughts += piece.text
        else:
            self.text += piece.text
        return piece

    def _event(self, piece: Piece, *, finish: str = wire.UNFINISHED, whole: bool) -> wire.Json:
        """An event. whole: it holds everything said so far, not only the piece."""
        said = self.text if whole else "" if piece.thought else piece.text
        thought = self.thoughts if whole else piece.text if piece.thought else ""
        output: wire.Json = {"session_id": self.session.id, "finish_reason": finish}
        ended = finish != wire.UNFINISHED
        if self.kind == AGENT_2:
            message = {"role": "assistant", "content": said, "reasoning_content": thought}
            output["choices"] = [{"message": message, "finish_reason": finish}]
        elif self.kind == WORKFLOW and self.ask.flow.startswith("message_format"):
            output["workflow_message"] = self._node(said, ended=ended)
        else:
            output["text"] = said
        if self.ask.thoughts and (thought or ended):
            output["thoughts"] = wire.thought(self.briefing, thought)
        if ended and self.briefing.passages:
            output["doc_references"] = wire.references(self.briefing.passages)
        spent = wire.usage(self.briefing, self.text, self.knowledge.answerer.model) if ended else {}
        return {"output": output, "usage": spent, "request_id": self.request_id}

    def _node(self, text: str, *, ended: bool) -> wire.Json:
        return {
            "node_id": "End_1",
            "node_name": "结束",
            "node_type": "End",
            "node_status": "success" if ended else "executing",
            "node_is_completed": ended,
            "node_msg_seq_id": 0,
            "message": {"role": "assistant", "content": text},
        }

    def _remember(self) -> None:
        if self.text and self.ask.exchanges is None:
            turn = Turn(
                question=self.briefing.question,
                answer=self.text,
                mode="chat",
                asked_at=self.knowledge.now(),
                passages=self.briefing.passages,
            )
            self.knowledge.history.remember(self.session, turn)
