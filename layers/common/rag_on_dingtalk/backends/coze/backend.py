"""Asking a bot or a chatflow of Coze; the server names the conversation and allows one running chat in it."""

from __future__ import annotations

import json
import time
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio

from rag_on_dingtalk.backends.base import Finding
from rag_on_dingtalk.backends.coze.events import CozeReading
from rag_on_dingtalk.backends.coze.failures import ADVICE, code_of, failure_kind, words_of
from rag_on_dingtalk.backends.coze.tokens import GRANT, LIFE, MARGIN, signed
from rag_on_dingtalk.backends.probing import Stopwatch, gather
from rag_on_dingtalk.backends.transport.renewal import renewed
from rag_on_dingtalk.backends.transport.reply import object_of, text_of
from rag_on_dingtalk.backends.transport.stream import Channel, bearer
from rag_on_dingtalk.backends.verdicts.failures import Failures
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.settings.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart, Ask, Upload
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.errors import BackendError
    from rag_on_dingtalk.settings.kinds.coze import Coze


class CozeBackend:
    """See `Backend`. clock: seconds since the epoch."""

    def __init__(
        self,
        settings: Coze,
        api_key: Secret,
        http: httpx.AsyncClient,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._api = settings.base_url.rstrip("/")
        self._key = api_key
        self._token = "" if settings.oauth else api_key.reveal()
        self._token_until = 0.0 if settings.oauth else float("inf")
        self._renewing = anyio.Lock()
        self._failures = Failures(
            "Coze" if settings.product == "cloud" else "Coze Studio",
            api_key,
            'Check backend.bot_id, that the bot is published to the channel "Agent as API", and '
            "backend.base_url (a token of api.coze.cn is none of api.coze.com).",
        )
        # A private key stands in no header: the token that it was exchanged for does.
        known = Secret("") if settings.oauth else api_key
        self._channel = Channel(
            http, known, settings, self._failures, authorize=lambda _: bearer(self._token)
        )
        self._jwt = ""
        self._exchange = Channel(http, known, settings, self._failures, authorize=lambda _: bearer(self._jwt))

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`."""
        await self._ensure_token()
        content = await self._content(ask)
        async with aclosing(renewed(ask, partial(self._ask, content=content))) as parts:
            async for part in parts:
                yield part

    async def stop(self, ask: Ask, task_id: str) -> None:  # noqa: ARG002 - the task names its conversation
        """See `Backend.stop`. Coze bills the whole answer, but the conversation is free for the next one."""
        conversation, chat = _pair(task_id)
        if conversation and chat:
            await self._ensure_token()
            payload: dict[str, object] = {"conversation_id": conversation, "chat_id": chat}
            await self._channel.call("POST", f"{self._api}/v3/chat/cancel", payload)

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:  # noqa: ARG002 - the token votes
        """See `Backend.rate`. Coze Studio has no call for it."""
        conversation, message = _pair(message_id)
        if self._settings.product == "studio" or not (conversation and message):
            return
        await self._ensure_token()
        place = f"{quote(conversation, safe='')}/messages/{quote(message, safe='')}/feedback"
        url = f"{self._api}/v1/conversations/{place}"
        if liked is None:
            reply = await self._channel.call("DELETE", url)
        else:
            vote: dict[str, object] = {"feedback_type": "like" if liked else "unlike"}
            reply = await self._channel.call("POST", url, {**vote, **({"comment": reason} if reason else {})})
        if not reply.well or code_of(reply.document):
            raise self._refused(reply)

    async def probe(self) -> tuple[Finding, ...]:
        """See `Backend.probe`."""
        return await gather(self._probe())

    async def _probe(self) -> AsyncIterator[Finding]:
        watch = Stopwatch()
        await self._ensure_token()
        # A chat that there is not: refused for the token first, and for its ids last.
        nothing = {"conversation_id": "0", "chat_id": "0"}
        reply = await self._channel.call("GET", f"{self._api}/v3/chat/retrieve", fields=nothing)
        refusal = self._refused(reply)
        if reply.web_page or not (code_of(reply.document) or reply.document):
            raise refusal
        yield Finding("reachable", well=True, detail=f"Coze answers, round trip {watch}.")
        if refusal.kind is FailureKind.CONFIG_AUTH:
            raise refusal
        yield Finding("key", well=True, detail="The token is accepted.")
        detail = "Whether the bot is there and published shows when it is asked (check --ask)."
        yield Finding("target", well=True, detail=detail)

    def _ask(self, ask: Ask, *, content: tuple[str, str]) -> AsyncGenerator[AnswerPart, None]:
        settings = self._settings
        said, kind = content
        named = {
            name: value.replace("{user_name}", ask.user_name) for name, value in settings.variables.items()
        }
        question = {"role": "user", "type": "question", "content": said, "content_type": kind}
        # An id is a string: as a number it is no valid request.
        payload: dict[str, Any] = {"bot_id": settings.bot_id, "additional_messages": [question]}
        if settings.workflow_id:
            path = "/v1/workflows/chat"
            payload |= {
                "workflow_id": settings.workflow_id,
                "parameters": {"CONVERSATION_NAME": ask.session_key, **named},
            }
            if ask.conversation_id:
                payload["conversation_id"] = ask.conversation_id
        else:
            # Coze's default for a stream is no, Coze Studio's is yes.
            path = "/v3/chat"
            payload |= {"user_id": ask.user, "stream": True, "auto_save_history": True}
            if named:
                payload["custom_variables"] = named
            if ask.conversation_id:
                path += f"?conversation_id={quote(ask.conversation_id, safe='')}"
        continues = bool(ask.conversation_id)
        return self._channel.converse(
            self._api + path,
            payload,
            CozeReading(self._failures, settings, continues=continues),
            partial(self._refused, continues=continues),
            trace_id=ask.trace_id,
        )

    async def _content(self, ask: Ask) -> tuple[str, str]:
        """The question as Coze takes it, and what kind of content that is."""
        if not ask.uploads:
            return ask.text, "text"
        parts: list[dict[str, str]] = [{"type": "text", "text": ask.text}]
        parts += [await self._upload(upload) for upload in ask.uploads]
        return json.dumps(parts, ensure_ascii=False), "object_string"

    async def _upload(self, upload: Upload) -> dict[str, str]:
        reply = await self._channel.call("POST", f"{self._api}/v1/files/upload", upload=upload)
        file_id = text_of(object_of(reply.document.get("data")), "id")
        if not file_id:
            refusal = self._refused(reply)
            kind = FailureKind.FILE_REFUSED if refusal.kind is FailureKind.BAD_INPUT else refusal.kind
            raise self._failures.error(kind, "did not take the file", words_of(reply.document) or reply.words)
        return {"type": "image" if upload.is_picture else "file", "file_id": file_id}

    async def _ensure_token(self) -> None:
        """Have a token that is good for a while.

        Raises:
            ConfigurationError: the private key is none.
            BackendError: Coze gave none.
        """
        oauth = self._settings.oauth
        async with self._renewing:
            if oauth is None or self._clock() < self._token_until - MARGIN:
                return
            self._jwt = signed(oauth, self._key, self._api, clock=self._clock)
            payload: dict[str, object] = {"grant_type": GRANT, "duration_seconds": LIFE}
            reply = await self._exchange.call("POST", f"{self._api}/api/permission/oauth2/token", payload)
            token, until = text_of(reply.document, "access_token"), reply.document.get("expires_in")
            if not (reply.well and token):
                raise self._failures.error(
                    FailureKind.CONFIG_AUTH,
                    "gave no token",
                    words_of(reply.document) or reply.words,
                    advice="Check backend.oauth and the private key that backend.api_key refers to.",
                )
            now = self._clock()
            # Its clients read the moment at which it expires; a lifetime is taken as one.
            moment = float(until) if isinstance(until, int | float) else now + LIFE
            self._token, self._token_until = token, moment if moment > now else now + moment

    def _refused(self, reply: Reply, *, continues: bool = False) -> BackendError:
        code, words = code_of(reply.document), words_of(reply.document) or reply.words
        kind = failure_kind(code, words, reply.status, continues=continues)
        log_id = text_of(object_of(reply.document.get("detail")), "logid")
        where = " ".join(filter(None, (code or str(reply.status), log_id and f"(logid {log_id})")))
        return self._failures.error(kind, f"answered {where}", words, advice=ADVICE.get(code, ""))


def _pair(name: str) -> tuple[str, str]:
    """The conversation, and what was named within it."""
    try:
        conversation, one = json.loads(name)
    except (ValueError, TypeError):
        return "", ""
    return str(conversation), str(one)
