"""Chat completions as most servers answer them: stateless, without citations."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from local.knowledge.briefing import prepare
from local.knowledge.hangup import hang_up
from local.knowledge.misbehaviour import BrokenConnectionError, number
from local.knowledge.streaming import EventStream, begun, kept_alive

from .asking import Ask, read_ask
from .errors import OpenAIError, OpenAIManners, unknown_model
from .faults import CODE, FINISH, KEEP_ALIVE, NO_DONE, ODD_CHUNKS
from .speaking import Speech
from .wire import DONE, STREAM_HEADERS, Completion, event_bytes, model_entry, usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from local.knowledge.briefing import Briefing
    from local.knowledge.desk import Desk

    from .wire import Json

_BEAT = b": keep-alive\n\n"


@dataclass(frozen=True)
class Plain:
    """`/models` and `/chat/completions`; every workspace is a model."""

    desk: Desk
    manners: OpenAIManners

    async def models(self, _request: Request, _body: dict[str, Any]) -> Response:
        """`GET /models`."""
        created = int(self.desk.now())
        return JSONResponse(
            {"object": "list", "data": [model_entry(name, created) for name in self.desk.workspaces]}
        )

    async def complete(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /chat/completions`."""
        try:
            return await self._answer(request, body)
        except OpenAIError as error:
            raise self.manners.refusal(error) from error

    async def _answer(self, request: Request, body: dict[str, Any]) -> Response:
        ask = read_ask(body)
        code = self.desk.faults.take(CODE)
        if code is not None:
            raise OpenAIError(code or "insufficient_quota")
        speech = Speech(self.desk, self._briefing(ask))
        completion = Completion(ask.model, int(self.desk.now()))
        given = self.desk.faults.take(FINISH)
        finish = "stop" if given is None else given or "length"
        if not ask.streamed:
            return await self._whole(request, completion, speech, finish)
        # With signs of life the status is out before anything can fail.
        every = number(self.desk.faults, KEEP_ALIVE, 1)
        deltas = speech.deltas()
        if every is None:
            try:
                deltas = await begun(deltas)
            except BrokenConnectionError:
                await hang_up(request)
                return Response()
        events = self._events(request, completion, deltas, finish, speech if ask.usage else None)
        if every is not None:
            events = kept_alive(events, _BEAT, every)
        return EventStream(events, self.desk.faults, STREAM_HEADERS)

    def _briefing(self, ask: Ask) -> Briefing:
        workspace = self.desk.workspaces.get(ask.model)
        if workspace is None:
            raise unknown_model(ask.model)
        turns = self.desk.recall(workspace, ask.exchanges)
        return prepare(workspace, ask.question, "chat", turns, images=ask.images)

    async def _events(
        self,
        request: Request,
        completion: Completion,
        deltas: AsyncGenerator[Json, None],
        finish: str,
        counted: Speech | None,
    ) -> AsyncGenerator[bytes, None]:
        odd = self.desk.faults.strikes(ODD_CHUNKS)
        try:
            yield event_bytes(completion.chunk({"role": "assistant", "content": ""}))
            for chunk in _oddities(completion) if odd else ():
                yield event_bytes(chunk)
            async with aclosing(deltas):
                async for delta in deltas:
                    yield event_bytes(completion.chunk(delta, finish="" if odd else None))
            yield event_bytes(completion.chunk({}, finish=finish))
            if counted is not None:
                tokens = usage(counted.briefing, counted.text)
                yield event_bytes({**completion.bare([]), "usage": tokens})
            if not self.desk.faults.strikes(NO_DONE):
                yield DONE
        except OpenAIError as error:
            yield self.manners.event(error)
        except BrokenConnectionError:
            await hang_up(request)

    async def _whole(self, request: Request, completion: Completion, speech: Speech, finish: str) -> Response:
        try:
            await speech.finish()
        except BrokenConnectionError:
            await hang_up(request)
            return Response()
        reasoning = {"reasoning_content": speech.thoughts} if speech.thoughts else {}
        return JSONResponse(
            completion.whole(
                {"content": speech.text, **reasoning},
                finish=finish,
                usage=usage(speech.briefing, speech.text),
            )
        )


def _oddities(completion: Completion) -> list[Json]:
    nothing = completion.chunk({})
    return [
        completion.bare([]),
        {name: value for name, value in nothing.items() if name != "choices"},
        completion.chunk(None),
        completion.chunk({"content": None}),
    ]
