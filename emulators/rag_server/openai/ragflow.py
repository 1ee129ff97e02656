"""RAGFlow's chat completions: an assistant in the path, citations on request, errors with status 200."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError
from emulators.rag_server.http.router import bearer
from emulators.rag_server.http.streaming import EventStream
from emulators.rag_server.openai.asking import read_ask
from emulators.rag_server.openai.errors import OpenAIError, question_of
from emulators.rag_server.openai.faults import FINISH, OLD_MARKS
from emulators.rag_server.openai.speaking import Speech
from emulators.rag_server.openai.versions import RAGFLOW_0_25
from emulators.rag_server.openai.wire import STREAM_HEADERS, Completion, usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from starlette.requests import Request

    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.openai.wire import Json
    from emulators.rag_server.retrieval.passages import Passage
    from emulators.rag_server.versions import Version

_DATA_ERROR = 102


class RAGFlowManners:
    """See `Manners`: a business error is HTTP 200 with a `code`."""

    def __init__(self, version: Version) -> None:
        self._version = version

    def has_key(self, request: Request, api_key: str) -> bool:
        """A bearer token."""
        return bearer(request, api_key)

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002
        """401 since 2026, a business error before."""
        if self._version < RAGFLOW_0_25:
            return _error(109, "Authentication error: API key is invalid!")
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

    knowledge: KnowledgeBase
    version: Version

    async def complete(self, request: Request, body: dict[str, Any]) -> Response:
        """Citations only for `extra_body: {"reference": true}` in the body."""
        workspace = self.knowledge.workspaces.get(request.path_params["chat"])
        if workspace is None:
            return RAGFlowManners(self.version).not_there(request, body)
        try:
            ask = read_ask(body)
        except OpenAIError as error:
            return _error(_DATA_ERROR, str(error))
        speech = Speech(
            self.knowledge,
            prepare(workspace, ask.question, "chat", self.knowledge.recall(workspace, ask.exchanges)),
        )
        completion = Completion(ask.model, int(self.knowledge.now()))
        extra = body.get("extra_body")
        cited = isinstance(extra, dict) and extra.get("reference") is True
        # A model of its own is streamed unless it is told not to.
        if body.get("stream", True):
            events = self._events(request, speech, completion, cited=cited)
            return EventStream(events, self.knowledge.faults, STREAM_HEADERS)
        return await self._whole(request, speech, completion, cited=cited)

    async def _events(
        self, request: Request, speech: Speech, completion: Completion, *, cited: bool
    ) -> AsyncGenerator[bytes, None]:
        mark = self._mark()
        try:
            async with aclosing(self._spoken(speech, mark)) as texts:
                async for text in texts:
                    yield _event(completion.chunk({"role": "assistant", "content": text}))
            # Up to 0.25 the marks come with a second copy of everything, in a chunk like any other.
            whole = self._decorated(speech, mark)
            if whole != speech.text:
                yield _event(completion.chunk({"role": "assistant", "content": whole}))
            delta: Json = {"role": "assistant", "content": None}
            if cited:
                delta |= {"reference": _reference(speech), "final_content": whole}
            tokens = usage(speech.briefing, speech.text)
            yield _event({**completion.chunk(delta, finish=self._finish()), "usage": tokens})
            yield b"data:[DONE]\n\n"
        except BrokenConnectionError:
            await hang_up(request)

    async def _whole(
        self, request: Request, speech: Speech, completion: Completion, *, cited: bool
    ) -> Response:
        mark = self._mark()
        try:
            async with aclosing(self._spoken(speech, mark)) as texts:
                async for _ in texts:
                    pass
        except BrokenConnectionError:
            await hang_up(request)
            return Response()
        reference = {"reference": _reference(speech)} if cited else {}
        return JSONResponse(
            completion.whole(
                {"content": self._decorated(speech, mark), **reference},
                finish=self._finish(),
                usage=usage(speech.briefing, speech.text),
            )
        )

    async def _spoken(self, speech: Speech, mark: str) -> AsyncGenerator[str, None]:
        """The text with a marker for its first source; a failure is text, too, on a line of its own."""
        try:
            async with aclosing(speech.deltas("tag")) as deltas:
                async for delta in deltas:
                    yield delta["content"]
        except OpenAIError as error:
            # The address and what a provider says of the key are in it.
            yield _added(speech, f"\n**ERROR**: {error} (http://10.20.0.8:9380, key ragf****demo)")
            speech.failed = True
            return
        if self._marks_at_once and self._cites(speech):
            # In parts, as tokens come: a marker may be cut anywhere.
            for at in range(0, len(mark), 3):
                yield _added(speech, mark[at : at + 3])

    def _decorated(self, speech: Speech, mark: str) -> str:
        """The whole answer with its marks."""
        return speech.text + (mark if not self._marks_at_once and self._cites(speech) else "")

    @property
    def _marks_at_once(self) -> bool:
        return self.version > RAGFLOW_0_25

    def _mark(self) -> str:
        return " ##0$$" if self.knowledge.faults.strikes(OLD_MARKS) else " [ID:0]"

    def _finish(self) -> str:
        given = self.knowledge.faults.take(FINISH)
        return "stop" if given is None else given or "length"

    @staticmethod
    def _cites(speech: Speech) -> bool:
        return bool(speech.briefing.passages and speech.text) and not speech.failed


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
