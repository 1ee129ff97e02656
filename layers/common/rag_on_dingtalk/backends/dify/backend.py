"""Asking one app of Dify, stopping it, rating its answers."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import anyio

from rag_on_dingtalk.backends.base import Identifiers, Suggestions
from rag_on_dingtalk.backends.dify.events import DifyReading
from rag_on_dingtalk.backends.dify.failures import FORM_ADVICE, failure_kind, without_input
from rag_on_dingtalk.backends.dify.inspection import inspect
from rag_on_dingtalk.backends.probing import gather
from rag_on_dingtalk.backends.transport.renewal import renewed
from rag_on_dingtalk.backends.transport.stream import Channel
from rag_on_dingtalk.backends.verdicts.failures import Failures
from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart, Ask, Finding, Upload
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import Dify, DifyApp

#: How long an answer that is there already waits for the questions that could follow, seconds.
_SUGGESTING = 4.0

#: Dify's type of a file, by the first half of its media type; any other file is a document.
_FILE_KINDS = frozenset(("image", "audio", "video"))

_REFUSED_FILE = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


class _Place(NamedTuple):
    """Where apps of a kind are asked and stopped."""

    ask: str
    tasks: str
    chats: bool = False


_CHAT = _Place("chat-messages", "chat-messages", chats=True)
_PLACES: dict[DifyApp, _Place] = {
    "chat": _CHAT,
    "agent": _CHAT,
    "chatflow": _CHAT,
    "workflow": _Place("workflows/run", "workflows/tasks"),
    "completion": _Place("completion-messages", "completion-messages"),
}


class DifyBackend:
    """Answers from one app; a conversation is named by the server and belongs to one user."""

    def __init__(self, settings: Dify, api_key: Secret, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._api = settings.base_url.rstrip("/")
        self._place = _PLACES[settings.app]
        self._suggests = settings.suggestions and self._place.chats
        missing = "" if self._api.endswith("/v1") else "; its /v1 is probably missing"
        self._failures = Failures(
            "Dify",
            api_key,
            f"Check backend.base_url (what the app's API page shows{missing}), that backend.app names the "
            "app's kind, and that the app is published and has a model.",
        )
        self._channel = Channel(http, api_key, settings, self._failures)

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`. A conversation that is gone, or hangs, is replaced by a new one, once."""
        files = [await self._upload(upload, ask.user) for upload in ask.uploads]
        message_id = ""
        async with aclosing(renewed(ask, partial(self._ask, files=files))) as parts:
            async for part in parts:
                if isinstance(part, Identifiers):
                    message_id = part.message_id
                yield part
        if suggestions := await self._suggestions(message_id, ask.user):
            yield Suggestions(suggestions)

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`. Closing the stream alone does not promise that the run stops."""
        if task_id:
            url = f"{self._api}/{self._place.tasks}/{quote(task_id, safe='')}/stop"
            await self._channel.call("POST", url, {"user": ask.user})

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """See `Backend.rate`. A workflow's run is no message and takes no rating."""
        if not message_id or self._settings.app == "workflow":
            return
        rating = {True: "like", False: "dislike", None: None}[liked]
        payload: dict[str, object] = {"rating": rating, "user": user, "content": reason}
        reply = await self._channel.call("POST", f"{self._message(message_id)}/feedbacks", payload)
        nothing_to_take_back = liked is None and reply.status == HTTPStatus.BAD_REQUEST
        if not (reply.well or nothing_to_take_back):
            raise self._refused(reply)

    async def probe(self) -> tuple[Finding, ...]:
        """See `Backend.probe`."""
        url = f"{self._api}/{self._place.ask}"
        return await gather(inspect(self._settings, self._api, url, self._channel, self._refused))

    def _ask(self, ask: Ask, *, files: list[dict[str, str]]) -> AsyncGenerator[AnswerPart, None]:
        named = {
            name: value.replace("{user_name}", ask.user_name) for name, value in self._settings.inputs.items()
        }
        payload: dict[str, object] = {"inputs": named, "response_mode": "streaming", "user": ask.user}
        if files:
            payload["files"] = files
        if self._place.chats:
            payload["query"] = ask.text
            payload["conversation_id"] = ask.conversation_id
            # A title costs a second model call and appears only in a list that no chat shows.
            payload["auto_generate_name"] = False
        else:
            named[self._settings.query_input] = ask.text
        timeouts = self._settings.timeouts
        return self._channel.converse(
            f"{self._api}/{self._place.ask}",
            payload,
            DifyReading(self._failures, self._settings),
            partial(self._refused, ask=ask),
            trace_id=ask.trace_id,
            # Pings arrive in every conversation. A conversation that hangs sends nothing else.
            event_within=timeouts.first_byte + timeouts.idle if ask.conversation_id else None,
        )

    async def _upload(self, upload: Upload, user: str) -> dict[str, str]:
        reply = await self._channel.call(
            "POST", f"{self._api}/files/upload", upload=upload, fields={"user": user}
        )
        file_id = reply.document.get("id")
        if reply.status in _REFUSED_FILE:
            # A proxy in front of Dify has a limit, too, and reports it in its own words.
            raise self._failures.error(
                FailureKind.FILE_REFUSED, f"answered {reply.status}", reply.text("message")
            )
        if not (reply.well and isinstance(file_id, str)):
            raise self._refused(reply)
        kind = upload.media_type.partition("/")[0]
        return {
            "type": kind if kind in _FILE_KINDS else "document",
            "transfer_method": "local_file",
            "upload_file_id": file_id,
        }

    async def _suggestions(self, message_id: str, user: str) -> tuple[str, ...]:
        if not (message_id and self._suggests):
            return ()
        try:
            with anyio.fail_after(_SUGGESTING):
                reply = await self._channel.call(
                    "GET", f"{self._message(message_id)}/suggested", fields={"user": user}
                )
        except (BackendError, TimeoutError):
            # The answer is whole without them.
            return ()
        if reply.status == HTTPStatus.BAD_REQUEST:
            # Switched off in the app: not worth another call from this instance.
            self._suggests = False
        questions = reply.document.get("data") if reply.well else None
        found = questions if isinstance(questions, list) else []
        return tuple(question for question in found if isinstance(question, str) and question.strip())

    def _message(self, message_id: str) -> str:
        return f"{self._api}/messages/{quote(message_id, safe='')}"

    def _refused(self, reply: Reply, ask: Ask | None = None) -> BackendError:
        words = reply.text("message")
        kind = failure_kind(str(reply.document.get("code")), reply.status, words)
        if kind is FailureKind.CONVERSATION_GONE and not (ask and ask.conversation_id):
            kind = FailureKind.CONFIG_TARGET
        advice = FORM_ADVICE if "required in input form" in words else ""
        return self._failures.error(kind, f"answered {reply.status}", without_input(words), advice=advice)
