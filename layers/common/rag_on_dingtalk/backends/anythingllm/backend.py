"""Asking a workspace of AnythingLLM, and keeping its sessions and threads."""

from __future__ import annotations

import re
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from rag_on_dingtalk.backends.anythingllm.events import AnythingLLMReading, abort_kind
from rag_on_dingtalk.backends.base import Finding, Identifiers
from rag_on_dingtalk.backends.probing import Stopwatch, gather
from rag_on_dingtalk.backends.transport.renewal import renewed
from rag_on_dingtalk.backends.transport.reply import object_of, objects, text_of
from rag_on_dingtalk.backends.transport.stream import Channel
from rag_on_dingtalk.backends.transport.uploads import DataUrl
from rag_on_dingtalk.backends.verdicts.failures import Failures, status_failure
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart, Ask, Upload
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.errors import BackendError
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import AnythingLLM

_API_PATH = re.compile(r"/*(?:/api(?:/v1)?)?/*$")

#: What a thread's path says of a thread that is not there (any more).
_THREAD_GONE = re.compile(r"\bthread\b.* is not valid")

#: A document among the attachments, since November 2025; a server from before takes it for a picture.
_DOCUMENT = "application/anythingllm-document"

#: A thread is named after its first question, as the web interface does it, characters.
_NAME_LIMIT = 22


class AnythingLLMBackend:
    """Answers from one workspace; the caller names the session."""

    def __init__(self, settings: AnythingLLM, api_key: Secret, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._failures = Failures(
            "AnythingLLM",
            api_key,
            "Check backend.base_url (what the browser shows, without a page), "
            "backend.workspace (the slug, not the name) and backend.mode.",
        )
        self._channel = Channel(http, api_key, settings, self._failures)
        self._api = api_url(settings.base_url)
        self._workspace = f"{self._api}/v1/workspace/{quote(settings.workspace, safe='')}"

    def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`. Without a session id all API callers would share one history."""
        if self._settings.threads:
            return renewed(ask, self._ask_thread)
        return self._converse(f"{self._workspace}/stream-chat", ask, {"sessionId": ask.session_key})

    async def _ask_thread(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        thread = ask.conversation_id
        if not thread:
            thread = await self._begin_thread(ask)
            yield Identifiers(conversation_id=thread)
        url = f"{self._workspace}/thread/{quote(thread, safe='')}/stream-chat"
        async with aclosing(self._converse(url, ask, self._owner())) as parts:
            async for part in parts:
                yield part

    async def _begin_thread(self, ask: Ask) -> str:
        title = " ".join(ask.text.split())[:_NAME_LIMIT]
        wanted: dict[str, object] = {"name": title, **self._owner()}
        reply = await self._channel.call("POST", f"{self._workspace}/thread/new", wanted)
        slug = text_of(object_of(reply.document.get("thread")), "slug")
        if slug:
            return slug
        if reply.well:
            # The thread could not be stored: for an account that is not there, for example.
            raise self._failures.error(
                FailureKind.CONFIG_TARGET,
                "began no thread",
                reply.text("message"),
                advice="Check backend.user_id: it must be the number of an account there.",
            )
        if reply.status == HTTPStatus.BAD_REQUEST:
            # In plain words: of an unknown workspace it says "Bad Request" and no more.
            raise self._failures.error(FailureKind.CONFIG_TARGET, "began no thread", reply.words)
        raise self._refused(reply)

    def _owner(self) -> dict[str, object]:
        user = self._settings.user_id
        return {} if user is None else {"userId": user}

    def _converse(self, url: str, ask: Ask, session: dict[str, object]) -> AsyncGenerator[AnswerPart, None]:
        payload: dict[str, object] = {
            "message": without_command(ask.text),
            "mode": self._settings.mode,
            **session,
        }
        if ask.uploads:
            payload["attachments"] = [_attachment(upload) for upload in ask.uploads]
        reading = AnythingLLMReading(self._failures, self._settings)
        return self._channel.converse(url, payload, reading, self._refused, trace_id=ask.trace_id)

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`. AnythingLLM has no call for it: closing the stream ends the answer."""

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """See `Backend.rate`. Only people who are logged in can vote there, no API key can."""

    async def probe(self) -> tuple[Finding, ...]:
        """See `Backend.probe`."""
        return await gather(self._probe())

    async def _probe(self) -> AsyncIterator[Finding]:
        watch = Stopwatch()
        # An unknown path is answered with the page of the web interface: only the document counts.
        ping = await self._channel.call("GET", f"{self._api}/ping")
        if not ping.document.get("online"):
            raise self._failures.error(
                FailureKind.CONFIG_TARGET,
                f"does not answer at {self._api}/ping, {ping.status} does",
                ping.words,
            )
        yield Finding("reachable", well=True, detail=f"AnythingLLM answers, round trip {watch}.")
        auth = await self._channel.call("GET", f"{self._api}/v1/auth")
        if not auth.document.get("authenticated"):
            raise self._refused(auth)
        yield Finding("key", well=True, detail="The key is accepted.")
        slug = self._settings.workspace
        found = await self._channel.call("GET", self._workspace)
        if not objects(found.document.get("workspace")):
            there = await self._channel.call("GET", f"{self._api}/v1/workspaces")
            slugs = ", ".join(str(one.get("slug")) for one in objects(there.document.get("workspaces")))
            raise self._failures.error(
                FailureKind.CONFIG_TARGET, f"has no workspace {slug}, it has: {slugs or 'none'}"
            )
        yield Finding("target", well=True, detail=f"The workspace {slug} is there.")

    def _refused(self, reply: Reply) -> BackendError:
        words = reply.text("error", "message")
        aborted = reply.document.get("type") == "abort"
        kind = abort_kind(words) if aborted else status_failure(reply.status)
        if aborted and _THREAD_GONE.search(words):
            kind = FailureKind.CONVERSATION_GONE
        return self._failures.error(kind, f"answered {reply.status}", words)


def api_url(base_url: str) -> str:
    """Where the API is; `base_url` may end in its path or not."""
    return _API_PATH.sub("", base_url) + "/api"


def without_command(text: str) -> str:
    """The question without what AnythingLLM takes for a command.

    A leading `@agent` starts an agent run and a leading `/` expands a stored prompt, for API callers too. The
    full-width form of that one character stops both, stays readable for model and person, and, unlike a blank
    put before it, survives trimming.
    """
    text = text.strip()
    return text[:1].translate({ord("@"): "＠", ord("/"): "／"}) + text[1:]


def _attachment(upload: Upload) -> dict[str, object]:
    return {
        "name": upload.name,
        "mime": upload.media_type if upload.is_picture else _DOCUMENT,
        "contentString": DataUrl(upload),
    }
