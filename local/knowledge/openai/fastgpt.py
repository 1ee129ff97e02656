"""FastGPT's chat completions: memory of its own (`chatId`), named events and citations (`detail`)."""

from __future__ import annotations

import json
import uuid
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from local.knowledge.briefing import prepare
from local.knowledge.door import bearer
from local.knowledge.hangup import hang_up
from local.knowledge.history import Session, Turn
from local.knowledge.misbehaviour import BrokenConnectionError
from local.knowledge.streaming import EventStream
from local.knowledge.tokens import well_formed

from .asking import read_ask
from .errors import OpenAIError, question_of
from .speaking import Speech
from .wire import STREAM_HEADERS, Completion

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from starlette.requests import Request

    from local.knowledge.desk import Desk
    from local.knowledge.passages import Passage

    from .wire import Json

_SCOPE = "fastgpt"
_WORKSPACE = "handbook"
_SEARCH, _CHAT = "知识库搜索", "AI 对话"


class FastGPTManners:
    """See `Manners`: almost everything is HTTP 500, and the business code is inside."""

    def has_key(self, request: Request, api_key: str) -> bool:
        """A bearer token."""
        return bearer(request, api_key)

    def no_key(self) -> Response:
        """The key is wrong."""
        return _error(403, "unAuthApiKey", "Key is error")

    def bad_json(self) -> Response:
        """The body cannot be read."""
        return _error(500, "error", "Invalid body")

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - the key names it
        """The app is gone."""
        return _error(502000, "appUnExist", "App does not exist")

    def broken(self, status: int) -> Response:
        """The server failed."""
        return _error(status, "error", "Internal server error")

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:  # noqa: ARG002
        """`chatId` and the last message."""
        chat = body.get("chatId")
        return (chat if isinstance(chat, str) and chat else None), question_of(body)


@dataclass(frozen=True)
class FastGPT:
    """`POST /api/v1/chat/completions`."""

    desk: Desk

    async def complete(self, request: Request, body: dict[str, Any]) -> Response:
        """With `chatId` only the last message counts and the server remembers; without, what is sent does."""
        try:
            ask = read_ask(body)
        except OpenAIError as error:
            return _error(500, "error", str(error))
        workspace, chat = self.desk.workspaces[_WORKSPACE], well_formed(str(body.get("chatId") or ""))
        session = Session(_SCOPE, chat) if chat else None
        turns = (
            self.desk.recall(workspace, ask.exchanges)
            if session is None
            else self.desk.history.window(session, workspace.history_window)
        )
        speech = Speech(self.desk, prepare(workspace, ask.question, "chat", turns, images=ask.images))
        answer = _Answer(
            desk=self.desk,
            speech=speech,
            session=session,
            completion=Completion("", int(self.desk.now()), chat),
            message_id=str(body.get("responseChatItemId") or uuid.uuid4()),
            detail=body.get("detail") is True,
        )
        if ask.streamed:
            return EventStream(answer.events(request), self.desk.faults, STREAM_HEADERS)
        return await answer.whole(request)


@dataclass(frozen=True)
class _Answer:
    desk: Desk
    speech: Speech
    session: Session | None
    completion: Completion
    message_id: str
    detail: bool

    async def whole(self, request: Request) -> Response:
        try:
            await self.speech.finish("")
        except OpenAIError as error:
            return _error(500, "error", str(error))
        except BrokenConnectionError:
            await hang_up(request)
            return Response()
        self._remember()
        parts: list[Json] = [{"type": "text", "text": {"content": self.speech.text}}]
        if self.speech.thoughts:
            parts.insert(0, {"type": "reasoning", "reasoning": {"content": self.speech.thoughts}})
        message = {"content": parts if self.detail and len(parts) > 1 else self.speech.text}
        # The usage is a dummy in the product, too.
        ones = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 1)
        whole = self.completion.whole(message, finish="stop", usage=ones)
        return JSONResponse({**whole, **({"responseData": self._nodes()} if self.detail else {})})

    async def events(self, request: Request) -> AsyncGenerator[bytes, None]:
        try:
            for name in (_SEARCH, _CHAT) if self.detail else ():
                yield self._event("flowNodeStatus", {"status": "running", "name": name})
            async with aclosing(self.speech.deltas("")) as deltas:
                async for delta in deltas:
                    yield self._event("answer", self.completion.chunk({"role": "assistant", **delta}))
            yield self._event("answer", self.completion.chunk({}, finish="stop"))
            yield self._event("answer", None)
            if self.detail:
                # After [DONE]: whoever stops reading there has no citations.
                yield self._event("flowResponses", self._nodes())
        except OpenAIError as error:
            yield _event("error", {"message": str(error)})
        except BrokenConnectionError:
            await hang_up(request)
        finally:
            self._remember()

    def _event(self, name: str, data: object) -> bytes:
        return _event(name if self.detail else "", data)

    def _nodes(self) -> list[Json]:
        briefing = self.speech.briefing
        return [
            {
                "moduleName": _SEARCH,
                "moduleType": "datasetSearchNode",
                "query": briefing.question,
                "quoteList": [_quote(passage) for passage in briefing.passages],
            },
            {"moduleName": _CHAT, "moduleType": "chatNode", "model": self.desk.answerer.model},
        ]

    def _remember(self) -> None:
        if self.session is None or not self.speech.text:
            return
        briefing = self.speech.briefing
        turn = Turn(
            question=briefing.question,
            answer=self.speech.text,
            mode="chat",
            asked_at=self.desk.now(),
            passages=briefing.passages,
            message_id=self.message_id,
        )
        self.desk.history.remember(self.session, turn)


def _quote(passage: Passage) -> Json:
    return {
        "id": f"{passage.document}-{passage.position}",
        "q": passage.text,
        "a": "",
        "datasetId": _WORKSPACE,
        "collectionId": passage.document,
        "sourceName": f"{passage.title}.md",
        "sourceId": passage.document,
        "score": [{"type": "embedding", "value": passage.score, "index": passage.position}],
    }


def _event(name: str, data: object) -> bytes:
    named = f"event: {name}\n" if name else ""
    text = "[DONE]" if data is None else json.dumps(data, ensure_ascii=False)
    return f"{named}data: {text}\n\n".encode()


def _error(code: int, status_text: str, message: str) -> Response:
    body = {"code": code, "statusText": status_text, "message": message, "data": None}
    return JSONResponse(body, status_code=500)
