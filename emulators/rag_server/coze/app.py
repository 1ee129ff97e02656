"""Coze's paths, and how a chat is told."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from emulators.rag_server.agents.product import AgentProduct, as_json
from emulators.rag_server.coze import wire
from emulators.rag_server.coze.faults import ASKS, CARD, CODE, FOREIGN, RUNNING, TWO_ANSWERS
from emulators.rag_server.coze.oauth import Tokens
from emulators.rag_server.coze.versions import STUDIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from emulators.rag_server.agents.telling import Json, Telling
    from emulators.rag_server.answering.answerers import Piece, ProviderError

FOLLOW_UPS = ("二线城市的标准是多少？", "怎样申请出差？")
_SCOPE = "coze"


class CozeApi(AgentProduct):
    """Every workspace is a bot. The key is a personal token, or the private key of an OAuth app (PEM)."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._bot = ""
        self._files: dict[str, str] = {}
        self._tokens = Tokens(self.router.api_key, self.knowledge.now)
        self.votes: dict[str, str] = {}
        self.cancelled: list[str] = []

    @property
    def _studio(self) -> bool:
        return self.app == STUDIO

    @property
    def _old(self) -> bool:
        return self.version == "2024"

    def paths(self) -> list[BaseRoute]:
        """See `AgentProduct`. Coze Studio has no feedback."""
        feedback = "/v1/conversations/{conversation}/messages/{message}/feedback"
        votes = [self.router.route(verb, feedback, self._vote) for verb in ("POST", "DELETE")]
        return [
            self.router.route("POST", "/v3/chat", self._chat, asks=True),
            self.router.route("POST", "/v1/workflows/chat", self._chat, asks=True),
            self.router.route("GET", "/v3/chat/retrieve", self._retrieve),
            self.router.route("POST", "/v3/chat/cancel", self._cancel),
            self.router.route("POST", "/v1/files/upload", self._upload),
            self.router.route("POST", "/api/permission/oauth2/token", self._token, open_to_all=True),
            *([] if self._studio else votes),
        ]

    def has_key(self, request: Request, api_key: str) -> bool:  # noqa: ARG002 - the tokens know it
        """See `Manners`."""
        return self._tokens.good(request.headers.get("authorization", ""))

    def refused(self, status: int, words: str) -> Response:
        """See `AgentProduct`."""
        return as_json(status, {"code": status, "msg": words})

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - the same for all
        """With HTTP 200."""
        return as_json(200, wire.refusal("700012006"))

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - as in Manners
        """The bot is unknown; HTTP 200, too."""
        return as_json(200, wire.refusal("4200", str(body.get("bot_id"))))

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """See `Manners`."""
        conversation = request.query_params.get("conversation_id") or body.get("conversation_id")
        messages = body.get("additional_messages")
        last = messages[-1] if isinstance(messages, list) and messages else {}
        return str(conversation) if conversation else None, _text_of(last) if last else None

    def frame(self, event: Json) -> bytes:
        """See `Script`."""
        return wire.event_bytes(event)

    def begin(self, telling: Telling) -> Iterable[Json]:
        """The chat is made, runs, and tells what it recalled."""
        yield self._event("chat.created", wire.chat(telling, self._bot, "created"))
        yield self._event("chat.in_progress", wire.chat(telling, self._bot, "in_progress"))
        yield self._completed(telling, "function_call", '{"name":"recall","arguments":{}}')
        if telling.briefing.passages:
            data = json.dumps(wire.recall(telling), ensure_ascii=False)
            if self._studio:
                yield self._completed(telling, "knowledge", data)
            else:
                said = {"msg_type": "knowledge_recall", "data": data, "from_module": None, "from_unit": None}
                yield self._completed(telling, "verbose", json.dumps(said, ensure_ascii=False))
        if self.knowledge.faults.strikes(TWO_ANSWERS):
            yield self._completed(telling, "answer", "请稍等，正在查。", id="1")

    def piece(self, telling: Telling, piece: Piece) -> Iterable[Json]:
        """A delta; reasoning has a member of its own."""
        if self.knowledge.faults.strikes(CARD) or self.knowledge.faults.strikes(ASKS):
            return
        more = {"reasoning_content": piece.text} if piece.thought else {}
        content = "" if piece.thought else piece.text
        yield self._event("message.delta", wire.message(telling, self._bot, "answer", content, **more))

    def end(self, telling: Telling) -> Iterable[Json]:
        """The whole message once more, what could follow, what it took."""
        if self.knowledge.faults.strikes(ASKS):
            yield self._asks(telling)
            return
        if self.knowledge.faults.strikes(CARD):
            yield self._completed(telling, "answer", '{"card":1}', content_type="card")
        else:
            yield self._completed(telling, "answer", telling.text)
        finish = {"msg_type": "generate_answer_finish", "data": "", "from_module": None, "from_unit": None}
        yield self._completed(telling, "verbose", json.dumps(finish))
        for question in FOLLOW_UPS:
            yield self._completed(telling, "follow_up", question)
        names = ("output_tokens", "input_tokens") if self._old else ("output_count", "input_count")
        usage = dict(zip((*names, "token_count"), (40, 900, 940), strict=True))
        status = "compleated" if self._old else "completed"
        yield self._event("chat.completed", wire.chat(telling, self._bot, status, usage=usage))
        yield self._done()

    def failed(self, telling: Telling, error: ProviderError) -> Iterable[Json]:
        """Coze Studio sends an error, the cloud says that the chat has failed."""
        wrong = {"code": 720702011, "msg": str(error)}
        if self._studio:
            yield {"name": "error", "data": {"code": "720702011", "msg": str(error), "debug_url": ""}}
        else:
            yield self._event("chat.failed", wire.chat(telling, self._bot, "failed", last_error=wrong))
        yield self._done()

    def _asks(self, telling: Telling) -> Json:
        call = {"id": "c1", "type": "reply_message", "function": {"name": "ask", "arguments": "{}"}}
        outputs = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [call]}}
        chat = wire.chat(telling, self._bot, "requires_action", required_action=outputs)
        return self._event("chat.requires_action", chat)

    def _done(self) -> Json:
        if self._studio:
            # It has no data.
            return {"name": "conversation.stream.done", "data": '""'}
        return {"name": "done", "data": '"[DONE]"'}

    def _event(self, name: str, data: Json) -> Json:
        return {"name": f"conversation.{name}", "data": data}

    def _completed(self, telling: Telling, kind: str, content: str, **more: object) -> Json:
        return self._event("message.completed", wire.message(telling, self._bot, kind, content, **more))

    async def _chat(self, request: Request, body: dict[str, Any]) -> Response:
        conversation, question = self.gist(request, body)
        self._bot = str(body.get("bot_id") or "")
        code = self._problem(body, question) or self._conversation_problem(conversation)
        if code:
            return as_json(200, wire.refusal(code, self._bot))
        # A number that is unknown silently becomes a new conversation.
        known = conversation and self.knowledge.history.conversation(_SCOPE, conversation)
        session_id = conversation if known else str(uuid.uuid4().int)[:19]
        session = self.open(_SCOPE, str(body.get("user_id") or ""), str(session_id))
        images = [name for name in self._brought(body) if name.startswith("image/")]
        return self.answer(request, question, session=session, images=images)

    def _problem(self, body: dict[str, Any], question: str | None) -> str:
        code = self.knowledge.faults.take(CODE)
        if code is not None:
            return code or "4028"
        whole = isinstance(body.get("bot_id"), str) and (body.get("workflow_id") or body.get("user_id"))
        if not question or not whole:
            return "4000"
        if self.workspace(self._bot) is None:
            return "103100002" if self._studio else "4200"
        # The cloud does not stream unless it is told to.
        return "" if body.get("stream") or body.get("workflow_id") or self._studio else "4000"

    def _conversation_problem(self, conversation: str | None) -> str:
        if conversation and self.knowledge.faults.strikes(FOREIGN):
            return "103000001" if self._studio else "4000"
        return "4016" if conversation and self.knowledge.faults.strikes(RUNNING) else ""

    def _brought(self, body: dict[str, Any]) -> list[str]:
        content = body["additional_messages"][-1].get("content", "")
        try:
            parts = json.loads(content)
        except ValueError:
            return []
        return [self._files.get(str(one.get("file_id")), "") for one in parts if isinstance(one, dict)]

    async def _retrieve(self, _request: Request, _body: dict[str, Any]) -> Response:
        return as_json(200, wire.refusal("103000000" if self._studio else "4000"))

    async def _cancel(self, _request: Request, body: dict[str, Any]) -> Response:
        if not (body.get("conversation_id") and body.get("chat_id")):
            return as_json(200, wire.refusal("4000"))
        self.cancelled.append(str(body["chat_id"]))
        return as_json(200, {"code": 0, "msg": "", "data": {"status": "canceled"}})

    async def _upload(self, _request: Request, body: dict[str, Any]) -> Response:
        file = body.get("file")
        if not isinstance(file, dict):
            return as_json(200, wire.refusal("4000"))
        file_id = str(uuid.uuid4().int)[:19]
        self._files[file_id] = str(file.get("mime"))
        return as_json(200, {"code": 0, "msg": "", "data": {"id": file_id, "file_name": file.get("name")}})

    async def _vote(self, request: Request, body: dict[str, Any]) -> Response:
        message, vote = request.path_params["message"], str(body.get("feedback_type"))
        if request.method == "POST" and vote not in {"like", "unlike"}:
            return as_json(200, wire.refusal("4000"))
        self.votes[message] = vote if request.method == "POST" else ""
        return as_json(200, {"code": 0, "msg": ""})

    async def _token(self, request: Request, body: dict[str, Any]) -> Response:
        return self._tokens.exchange(request, body)


def _text_of(message: Mapping[str, Any]) -> str:
    content = str(message.get("content") or "")
    if message.get("content_type") != "object_string":
        return content
    parts = json.loads(content)
    return "".join(str(one.get("text") or "") for one in parts if one.get("type") == "text")
