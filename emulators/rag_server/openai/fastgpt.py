"""FastGPT's chat completions: memory of its own (`chatId`), named events and citations (`detail`)."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.answering.history import Session, Turn
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError
from emulators.rag_server.http.streaming import EventStream
from emulators.rag_server.openai.asking import read_ask
from emulators.rag_server.openai.errors import OpenAIError
from emulators.rag_server.openai.fastgpt_wire import error as refused
from emulators.rag_server.openai.fastgpt_wire import event as event_bytes
from emulators.rag_server.openai.fastgpt_wire import refusal
from emulators.rag_server.openai.faults import CODE, FINISH, INTERACTIVE, NESTED_SOURCES
from emulators.rag_server.openai.interactive import Interactive, Waiting
from emulators.rag_server.openai.speaking import Speech
from emulators.rag_server.openai.versions import FASTGPT_4_8, FASTGPT_4_9
from emulators.rag_server.openai.wire import STREAM_HEADERS, Completion
from emulators.rag_server.retrieval.tokens import well_formed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from starlette.requests import Request

    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.openai.wire import Json
    from emulators.rag_server.retrieval.passages import Passage
    from emulators.rag_server.versions import Version

_SCOPE = "fastgpt"
_WORKSPACE = "handbook"
_SEARCH, _CHAT = "知识库搜索", "AI 对话"


@dataclass(frozen=True)
class FastGPT:
    """`POST /api/v1/chat/completions`."""

    knowledge: KnowledgeBase
    version: Version
    waiting: Waiting = field(default_factory=Waiting)

    async def complete(self, request: Request, body: dict[str, Any]) -> Response:
        """With `chatId` only the last message counts and the server remembers; without, what is sent does."""
        try:
            ask = read_ask(body)
        except OpenAIError as error:
            return refused(500, "error", str(error))
        code = self.knowledge.faults.take(CODE)
        if code is not None:
            return refusal(body, code or "insufficientQuota")
        workspace, chat = self.knowledge.workspaces[_WORKSPACE], well_formed(str(body.get("chatId") or ""))
        session = Session(_SCOPE, chat) if chat else None
        turns = (
            self.knowledge.recall(workspace, ask.exchanges)
            if session is None
            else self.knowledge.history.window(session, workspace.history_window)
        )
        waits = self._waits(chat, ask.question)
        question = waits if isinstance(waits, str) else ask.question
        speech = Speech(self.knowledge, prepare(workspace, question, "chat", turns, images=ask.images))
        finish = self.knowledge.faults.take(FINISH)
        answer = _Answer(
            version=self.version,
            waits=waits if isinstance(waits, Interactive) else None,
            finish="stop" if finish is None else finish or "length",
            nested=self.knowledge.faults.strikes(NESTED_SOURCES),
            knowledge=self.knowledge,
            speech=speech,
            session=session,
            completion=Completion("", int(self.knowledge.now()), chat),
            message_id=str(body.get("responseChatItemId") or uuid.uuid4()),
            detail=body.get("detail") is True,
        )
        if ask.streamed:
            return EventStream(answer.events(request), self.knowledge.faults, STREAM_HEADERS)
        return await answer.whole(request)

    def _waits(self, chat: str, said: str) -> Interactive | str | None:
        """What is asked for before there is an answer, or the question that was asked for it."""
        answered = self.waiting.answered(chat, said)
        if answered is not None:
            return answered
        kind = self.knowledge.faults.take(INTERACTIVE)
        return None if kind is None else self.waiting.ask(chat, kind, said)


@dataclass(frozen=True)
class _Answer:
    version: Version
    waits: Interactive | None
    finish: str
    nested: bool
    knowledge: KnowledgeBase
    speech: Speech
    session: Session | None
    completion: Completion
    message_id: str
    detail: bool

    async def whole(self, request: Request) -> Response:
        if self.waits is not None:
            asked = [{"type": "interactive", **self.waits.event}]
            whole = self.completion.whole(
                {"content": asked if self.detail else ""}, finish="stop", usage=_ONES
            )
            return JSONResponse(whole)
        try:
            await self.speech.finish("")
        except OpenAIError as error:
            return refused(500, "error", str(error))
        except BrokenConnectionError:
            await hang_up(request)
            return Response()
        self._remember()
        parts: list[Json] = [{"type": "text", "text": {"content": self.speech.text}}]
        if self.speech.thoughts:
            parts.insert(0, {"type": "reasoning", "reasoning": {"content": self.speech.thoughts}})
        message = {"content": parts if self.detail and len(parts) > 1 else self.speech.text}
        whole = self.completion.whole(message, finish=self.finish, usage=_ONES)
        return JSONResponse({**whole, **({"responseData": self._nodes()} if self.detail else {})})

    async def events(self, request: Request) -> AsyncGenerator[bytes, None]:
        try:
            if self.waits is not None:
                for event in self._asking(self.waits):
                    yield event
                return
            for name in (_SEARCH, _CHAT) if self.detail else ():
                yield self._event("flowNodeStatus", {"status": "running", "name": name})
            async with aclosing(self.speech.deltas("")) as deltas:
                async for delta in deltas:
                    yield self._said(delta)
            for part in self._mark():
                yield self._said({"content": part})
            yield self._event("answer", self.completion.chunk({}, finish=self.finish))
            yield self._event("answer", None)
            if self.detail:
                # After [DONE]: a client that stops reading there has no citations.
                yield self._event("flowResponses", self._nodes())
        except OpenAIError as error:
            yield event_bytes("error", {"message": str(error)})
        except BrokenConnectionError:
            await hang_up(request)
        finally:
            self._remember()

    def _asking(self, waits: Interactive) -> Iterator[bytes]:
        # Without detail there is no event for it: the stream is empty.
        if self.detail:
            yield self._event("flowNodeStatus", {"status": "running", "name": "用户选择"})
            yield self._event("interactive", waits.event)
        yield self._event("answer", self.completion.chunk({}, finish="stop"))
        yield self._event("answer", None)
        if self.detail:
            node = {"moduleName": "用户选择", "moduleType": waits.event["interactive"]["type"]}
            yield self._event("flowResponses", [node])

    def _mark(self) -> Iterator[str]:
        """A citation as 4.9 streamed it, in parts; others take it out."""
        passages = self.speech.briefing.passages
        if FASTGPT_4_8 < self.version <= FASTGPT_4_9 and passages and self.speech.text:
            yield f"[{_quote_id(passages[0])[:9]}"
            yield f"{_quote_id(passages[0])[9:]}](C"
            yield "ITE)"

    def _said(self, delta: Json) -> bytes:
        return self._event("answer", self.completion.chunk({"role": "assistant", **delta}))

    def _event(self, name: str, data: object) -> bytes:
        return event_bytes(name if self.detail else "", data)

    def _nodes(self) -> list[Json]:
        briefing = self.speech.briefing
        search: Json = {
            "moduleName": _SEARCH,
            "moduleType": "datasetSearchNode",
            "query": briefing.question,
            "quoteList": [_quote(passage, self.version) for passage in briefing.passages],
        }
        chat = {"moduleName": _CHAT, "moduleType": "chatNode", "model": self.knowledge.answerer.model}
        if self.nested:
            inner = {"moduleName": _SEARCH, "moduleType": "pluginModule", "pluginDetail": [search]}
            return [{"moduleName": "工具调用", "moduleType": "tools", "toolDetail": [inner]}, chat]
        return [search, chat]

    def _remember(self) -> None:
        if self.session is None or not self.speech.text:
            return
        briefing = self.speech.briefing
        turn = Turn(
            question=briefing.question,
            answer=self.speech.text,
            mode="chat",
            asked_at=self.knowledge.now(),
            passages=briefing.passages,
            message_id=self.message_id,
        )
        self.knowledge.history.remember(self.session, turn)


#: The usage is a dummy in the product, too.
_ONES = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 1)


def _quote_id(passage: Passage) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{passage.document}-{passage.position}").hex[:24]


def _quote(passage: Passage, version: Version) -> Json:
    listed = [{"type": "embedding", "value": passage.score, "index": passage.position}]
    return {
        "id": _quote_id(passage),
        "q": passage.text,
        "a": "",
        "datasetId": _WORKSPACE,
        "collectionId": passage.document,
        "sourceName": f"{passage.title}.md",
        "sourceId": passage.document,
        "score": passage.score if version <= FASTGPT_4_8 else listed,
    }
