"""The OpenAI-style facade, `/api/v1/openai`: stateless, without citations, silent about what failed."""

from __future__ import annotations

import json
import uuid
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.answering.answerers import ProviderError
from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.answering.thinking import in_tags
from emulators.rag_server.anythingllm.asking import refusal
from emulators.rag_server.anythingllm.manners import AnythingLLMManners
from emulators.rag_server.anythingllm.replies import STREAM_HEADERS
from emulators.rag_server.anythingllm.versions import V1_11
from emulators.rag_server.http.hangup import hang_up
from emulators.rag_server.http.misbehaviour import BrokenConnectionError
from emulators.rag_server.http.router import RejectedError
from emulators.rag_server.http.streaming import EventStream
from emulators.rag_server.openai.asking import exchanges_of, images_of
from emulators.rag_server.openai.errors import question_of, text_of
from emulators.rag_server.retrieval.tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from starlette.requests import Request

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.anythingllm.wire import Json
    from emulators.rag_server.retrieval.workspaces import Workspace
    from emulators.rag_server.versions import Version


class FacadeManners(AnythingLLMManners):
    """The keys are the same; everything else that fails has no body."""

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - it says nothing
        """The workspace is unknown: a 401, as if the key were wrong."""
        return Response(status_code=401)

    def broken(self, status: int) -> Response:
        """The status alone."""
        return Response(status_code=status)

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:  # noqa: ARG002
        """There is no session; the question is the last message."""
        return None, question_of(body)


@dataclass(frozen=True)
class Facade:
    """`/models` and `/chat/completions`; a model is a workspace, in the workspace's own mode."""

    knowledge: KnowledgeBase
    version: Version

    async def models(self, _request: Request, _body: dict[str, Any]) -> Response:
        """`GET /models`; the entries of 1.8 have no `id`."""
        return JSONResponse(
            {"object": "list", "data": [self._entry(one) for one in self.knowledge.workspaces]}
        )

    async def complete(self, request: Request, body: dict[str, Any]) -> Response:
        """`POST /chat/completions`."""
        workspace = self.knowledge.workspaces.get(str(body.get("model")))
        if workspace is None:
            return Response(status_code=401)
        briefing = self._briefing(workspace, body)
        completion = _Completion(workspace.slug, int(self.knowledge.now()), body.get("stream") is True)
        if briefing.refused:
            return await self._refuse(completion, briefing)
        if completion.streamed:
            events = self._events(request, completion, briefing)
            return EventStream(events, self.knowledge.faults, STREAM_HEADERS)
        return await self._whole(request, completion, briefing)

    def _briefing(self, workspace: Workspace, body: Mapping[str, Any]) -> Briefing:
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise RejectedError(Response(status_code=500))
        last = messages[-1]
        if not isinstance(last, dict) or last.get("role") != "user":
            raise refusal(
                400, "No user prompt found. Must be last element in message array with 'user' role."
            )
        earlier = [one for one in messages[:-1] if isinstance(one, dict)]
        return prepare(
            workspace,
            text_of(last.get("content")),
            "query" if workspace.chat_mode == "query" else "chat",
            self.knowledge.recall(workspace, exchanges_of(earlier)),
            images=tuple(images_of(last.get("content"))),
        )

    async def _refuse(self, completion: _Completion, briefing: Briefing) -> Response:
        text = briefing.workspace.refusal_text
        if not completion.streamed:
            return JSONResponse(completion.whole(text, "no_content", {}))

        async def only() -> AsyncGenerator[bytes, None]:
            yield completion.chunk(text, "no_content")

        return EventStream(only(), self.knowledge.faults, STREAM_HEADERS)

    async def _events(
        self, request: Request, completion: _Completion, briefing: Briefing
    ) -> AsyncGenerator[bytes, None]:
        """Chunks, the last of them empty; no `[DONE]`.

        A model that fails at once leaves nothing at all; one that fails midway a null, and all looks well.
        """
        text = ""
        try:
            async with aclosing(in_tags(self.knowledge.pieces(briefing))) as pieces:
                async for piece in pieces:
                    text += piece
                    yield completion.chunk(piece, None)
        except ProviderError:
            if not text:
                return
            yield completion.chunk(None, None)
        except BrokenConnectionError:
            await hang_up(request)
            return
        yield completion.chunk("", "stop", _metrics(briefing, text))

    async def _whole(self, request: Request, completion: _Completion, briefing: Briefing) -> Response:
        text = ""
        try:
            async with aclosing(in_tags(self.knowledge.pieces(briefing))) as pieces:
                async for piece in pieces:
                    text += piece
        except ProviderError:
            return Response(status_code=500)
        except BrokenConnectionError:
            await hang_up(request)
            return Response()
        return JSONResponse(completion.whole(text, "stop", _metrics(briefing, text)))

    def _entry(self, slug: str) -> Json:
        model = {"provider": self.knowledge.answerer.provider, "model": self.knowledge.answerer.model}
        if self.version < V1_11:
            return {"name": self.knowledge.workspaces[slug].name, "model": slug, "llm": model}
        owner = f"{model['provider']}-{model['model']}"
        return {"id": slug, "object": "model", "created": int(self.knowledge.now()), "owned_by": owner}


@dataclass(frozen=True)
class _Completion:
    model: str
    created: int
    streamed: bool

    def chunk(self, content: str | None, finish: str | None, usage: Json | None = None) -> bytes:
        delta = {"role": "assistant", "content": content}
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        spent = {} if usage is None else {"usage": usage}
        # It says that it is a whole one, in every chunk.
        return f"data: {json.dumps({**self._named(choice), **spent}, ensure_ascii=False)}\n\n".encode()

    def whole(self, content: str, finish: str, usage: Json) -> Json:
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        return {**self._named(choice), "usage": usage}

    def _named(self, choice: Json) -> Json:
        return {
            "id": str(uuid.uuid4()),
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [choice],
        }


def _metrics(briefing: Briefing, text: str) -> Json:
    spent, made = briefing.prompt_tokens, len(tokenise(text))
    return {"prompt_tokens": spent, "completion_tokens": made, "total_tokens": spent + made}
