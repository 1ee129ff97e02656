"""Chat completions as most servers answer them: stateless, without citations."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError, number
from emulators.rag_server.http.router import RejectedError
from emulators.rag_server.http.streaming import EventStream, begun, kept_alive
from emulators.rag_server.openai.asking import Ask, read_ask
from emulators.rag_server.openai.errors import OpenAIError, OpenAIManners, unknown_model
from emulators.rag_server.openai.faults import (
    CODE,
    FINISH,
    KEEP_ALIVE,
    NO_DONE,
    NO_STREAM_OPTIONS,
    ODD_CHUNKS,
    REASONING,
    REFUSAL,
    WHOLE,
)
from emulators.rag_server.openai.speaking import Speech
from emulators.rag_server.openai.wire import (
    DONE,
    STREAM_HEADERS,
    Completion,
    event_bytes,
    model_entry,
    no_sources,
    usage,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from starlette.requests import Request

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.openai.versions import Server
    from emulators.rag_server.openai.wire import Json

_BEAT = b": keep-alive\n\n"


@dataclass(frozen=True)
class Plain:
    """`/models` and `/chat/completions`; every workspace is a model."""

    knowledge: KnowledgeBase
    manners: OpenAIManners
    server: Server
    sources: Callable[[Briefing], Json] = no_sources

    async def models(self, _request: Request, _body: dict[str, Any]) -> Response:
        """`GET /models`."""
        created = int(self.knowledge.now())
        return JSONResponse(
            {"object": "list", "data": [model_entry(name, created) for name in self.knowledge.workspaces]}
        )

    async def complete(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /chat/completions`."""
        try:
            return await self._answer(request, body)
        except OpenAIError as error:
            raise self.manners.refusal(error) from error

    async def _answer(self, request: Request, body: dict[str, Any]) -> Response:
        if "stream_options" in body:
            self._refuse_options(body["stream_options"])
        ask = read_ask(body)
        code = self.knowledge.faults.take(CODE)
        if code is not None:
            raise OpenAIError(code or "insufficient_quota")
        speech = Speech(self.knowledge, self._briefing(ask))
        completion = Completion(ask.model, int(self.knowledge.now()))
        given = self.knowledge.faults.take(FINISH)
        finish = "stop" if given is None else given or "length"
        if not ask.streamed or self.knowledge.faults.strikes(WHOLE):
            return await self._whole(request, completion, speech, finish)
        # With signs of life the status is out before anything can fail.
        every = number(self.knowledge.faults, KEEP_ALIVE, 1)
        deltas = _refusing() if self.knowledge.faults.strikes(REFUSAL) else speech.deltas(self._style())
        if every is None:
            try:
                deltas = await begun(deltas)
            except BrokenConnectionError:
                await hang_up(request)
                return Response()
        named = self.sources(speech.briefing)
        events = self._events(request, completion, deltas, finish, speech if ask.usage else None, named)
        if every is not None:
            events = kept_alive(events, _BEAT, every)
        return EventStream(events, self.knowledge.faults, STREAM_HEADERS)

    def _refuse_options(self, given: object) -> None:
        status = number(self.knowledge.faults, NO_STREAM_OPTIONS, HTTPStatus.UNPROCESSABLE_ENTITY)
        if status is None:
            return
        if status != HTTPStatus.UNPROCESSABLE_ENTITY:
            problem = "Unrecognized request argument supplied: stream_options"
            raise OpenAIError("invalid_request", problem, int(status))
        extra = {
            "type": "extra_forbidden",
            "loc": ["body", "stream_options"],
            "msg": "Extra inputs are not permitted",
            "input": given,
        }
        raise RejectedError(JSONResponse({"detail": [extra]}, status_code=int(status)))

    def _briefing(self, ask: Ask) -> Briefing:
        workspace = self.knowledge.workspaces.get(ask.model)
        if workspace is None:
            raise unknown_model(ask.model)
        turns = self.knowledge.recall(workspace, ask.exchanges)
        return prepare(workspace, ask.question, "chat", turns, images=ask.images)

    def _style(self) -> str:
        given = self.knowledge.faults.take(REASONING)
        return self.server.reasoning if given is None else given or "reasoning"

    async def _events(
        self,
        request: Request,
        completion: Completion,
        deltas: AsyncGenerator[Json, None],
        finish: str,
        counted: Speech | None,
        named: Json,
    ) -> AsyncGenerator[bytes, None]:
        odd = self.knowledge.faults.strikes(ODD_CHUNKS)
        try:
            yield event_bytes(completion.chunk({"role": "assistant", "content": ""}))
            if named:
                yield event_bytes({**completion.bare([]), **named})
            for chunk in _oddities(completion) if odd else ():
                yield event_bytes(chunk)
            async with aclosing(deltas):
                async for delta in deltas:
                    yield event_bytes(completion.chunk(delta, finish="" if odd else None))
            yield event_bytes(completion.chunk({}, finish=finish))
            if counted is not None:
                tokens = usage(counted.briefing, counted.text)
                yield event_bytes({**completion.bare([]), "usage": tokens})
            if not self.knowledge.faults.strikes(NO_DONE):
                yield DONE
        except OpenAIError as error:
            yield self.manners.event(error)
        except BrokenConnectionError:
            await hang_up(request)

    async def _whole(self, request: Request, completion: Completion, speech: Speech, finish: str) -> Response:
        try:
            await speech.finish(self._style())
        except BrokenConnectionError:
            await hang_up(request)
            return Response()
        name = "reasoning" if self.server.reasoning == "reasoning" else "reasoning_content"
        reasoning = {name: speech.thoughts} if speech.thoughts else {}
        whole = completion.whole(
            {"content": speech.text, **reasoning},
            finish=finish,
            usage=usage(speech.briefing, speech.text),
        )
        return JSONResponse({**whole, **self.sources(speech.briefing)})


async def _refusing() -> AsyncGenerator[Json, None]:
    for piece in ("很抱歉，", "这个问题", "我不能回答。"):
        yield {"content": None, "refusal": piece}


def _oddities(completion: Completion) -> list[Json]:
    nothing = completion.chunk({})
    return [
        completion.bare([]),
        {name: value for name, value in nothing.items() if name != "choices"},
        completion.chunk(None),
        completion.chunk({"content": None}),
    ]
