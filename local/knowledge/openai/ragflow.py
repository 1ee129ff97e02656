"""RAGFlow's chat completions: an assistant in the path, citations on request, errors with status 200."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from local.knowledge.briefing import prepare
from local.knowledge.door import bearer
from local.knowledge.hangup import hang_up
from local.knowledge.misbehaviour import BrokenConnectionError
from local.knowledge.streaming import EventStream

from .asking import read_ask
from .errors import OpenAIError, question_of
from .speaking import Speech
from .wire import STREAM_HEADERS, Completion, usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from starlette.requests import Request

    from local.knowledge.desk import Desk
    from local.knowledge.passages import Passage

    from .wire import Json

_DATA_ERROR = 102


class RAGFlowManners:
    """See `Manners`: a business error is HTTP 200 with a `code`."""

    def has_key(self, request: Request, api_key: str) -> bool:
        """A bearer token."""
        return bearer(request, api_key)

    def no_key(self) -> Response:
        """401 since 2026."""
        return JSONResponse({"code": 401, "message": "<Unauthorized '401: Unauthorized'>"}, status_code=401)

    def bad_json(self) -> Response:
        """The body cannot be read."""
        return _error(101, "Malformed JSON syntax")

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - the path names it
        """The assistant is unknown."""
        return _error(_DATA_ERROR, f"You don't own the chat {request.path_params['chat']}")

    def broken(self, status: int) -> Response:
        """An exception is an HTTP 200, too; a proxy's status is not."""
        return _error(100, "Exception('Internal server error')", status)

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:  # noqa: ARG002
        """There is no session; the last message is the question."""
        return None, question_of(body)


@dataclass(frozen=True)
class RAGFlow:
    """`POST …/{chat}/chat/completions`; every workspace is an assistant, and pictures are ignored."""

    desk: Desk

    async def complete(self, request: Request, body: dict[str, Any]) -> Response:
        """Citations only for `extra_body: {"reference": true}` in the body."""
        workspace = self.desk.workspaces.get(request.path_params["chat"])
        if workspace is None:
            return RAGFlowManners().not_there(request, body)
        try:
            ask = read_ask(body)
        except OpenAIError as error:
            return _error(_DATA_ERROR, str(error))
        speech = Speech(
            self.desk, prepare(workspace, ask.question, "chat", self.desk.recall(workspace, ask.exchanges))
        )
        completion = Completion(ask.model, int(self.desk.now()))
        extra = body.get("extra_body")
        cited = isinstance(extra, dict) and extra.get("reference") is True
        # A model of its own is streamed unless it is told not to.
        if body.get("stream", True):
            events = self._events(request, speech, completion, cited=cited)
            return EventStream(events, self.desk.faults, STREAM_HEADERS)
        return await self._whole(request, speech, completion, cited=cited)

    async def _events(
        self, request: Request, speech: Speech, completion: Completion, *, cited: bool
    ) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(_spoken(speech)) as texts:
                async for text in texts:
                    yield _event(completion.chunk({"role": "assistant", "content": text}))
            delta: Json = {"role": "assistant", "content": None}
            if cited:
                delta |= {"reference": _reference(speech), "final_content": speech.text}
            tokens = usage(speech.briefing, speech.text)
            yield _event({**completion.chunk(delta, finish="stop"), "usage": tokens})
            yield b"data:[DONE]\n\n"
        except BrokenConnectionError:
            await hang_up(request)

    async def _whole(
        self, request: Request, speech: Speech, completion: Completion, *, cited: bool
    ) -> Response:
        try:
            async with aclosing(_spoken(speech)) as texts:
                async for _ in texts:
                    pass
        except BrokenConnectionError:
            await hang_up(request)
            return Response()
        reference = {"reference": _reference(speech)} if cited else {}
        return JSONResponse(
            completion.whole(
                {"content": speech.text, **reference},
                finish="stop",
                usage=usage(speech.briefing, speech.text),
            )
        )


async def _spoken(speech: Speech) -> AsyncGenerator[str, None]:
    """The text with a marker for its first source; a failure is text, too."""
    try:
        async with aclosing(speech.deltas("tag")) as deltas:
            async for delta in deltas:
                yield delta["content"]
    except OpenAIError as error:
        yield _added(speech, f"**ERROR**: {error}")
        return
    if speech.briefing.passages and speech.text:
        # In parts, as tokens come: a marker may be cut anywhere.
        for part in (" [I", "D:0", "]"):
            yield _added(speech, part)


def _added(speech: Speech, text: str) -> str:
    speech.text += text
    return text


def _reference(speech: Speech) -> Json:
    passages = speech.briefing.passages
    documents = {passage.document: passage for passage in passages}
    return {
        "chunks": [_chunk(passage) for passage in passages],
        "doc_aggs": [
            {
                "doc_name": f"{passage.title}.md",
                "doc_id": name,
                "count": sum(one.document == name for one in passages),
            }
            for name, passage in documents.items()
        ],
    }


def _chunk(passage: Passage) -> Json:
    return {
        "id": f"{passage.document}-{passage.position}",
        "content": passage.text,
        "document_id": passage.document,
        "document_name": f"{passage.title}.md",
        "dataset_id": "handbook",
        "image_id": "",
        "positions": [],
        "url": None,
        "similarity": passage.score,
        "vector_similarity": passage.score,
        "term_similarity": passage.score,
    }


def _event(chunk: Json) -> bytes:
    return f"data:{json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


def _error(code: int, message: str, status: int = 200) -> Response:
    return JSONResponse({"code": code, "message": message}, status_code=status)
