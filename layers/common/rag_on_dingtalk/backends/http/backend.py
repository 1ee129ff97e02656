"""Asking a server whose way is a matter of settings."""

from __future__ import annotations

import base64
import json
import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.backends.base import Ask, Finding, Identifiers
from rag_on_dingtalk.backends.http.answer import HttpReading, error_words
from rag_on_dingtalk.backends.http.form import form_of
from rag_on_dingtalk.backends.http.presets import PRESETS
from rag_on_dingtalk.backends.http.seen import Seen
from rag_on_dingtalk.backends.http.template import fill, fill_path, values_of
from rag_on_dingtalk.backends.probing import Stopwatch, gather
from rag_on_dingtalk.backends.transport.renewal import renewed
from rag_on_dingtalk.backends.transport.reply import is_error
from rag_on_dingtalk.backends.transport.stream import Channel, bearer
from rag_on_dingtalk.backends.verdicts.failures import Failures, provider_failure, status_failure
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.settings.kinds.paths import place

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.settings.kinds.http import Call, Http, Opening
    from rag_on_dingtalk.settings.secret import Secret

#: In a refusal of a question that continues a conversation.
_GONE = re.compile(
    r"(?:conversation|session|chat)\b.{0,40}(?:not[ _]exist|not[ _]found|expired|deleted)"
    r"|(?:会话|对话).{0,8}(?:不存在|过期)",
    re.IGNORECASE,
)


class HttpBackend:
    """See `Backend`."""

    def __init__(self, settings: Http, api_key: Secret, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._form = form_of(settings, PRESETS)
        self._failures = Failures(
            self._form.title,
            api_key,
            "Check backend.base_url, backend.path and backend.target; `check --ask` shows what comes back.",
        )
        self._channel = Channel(
            http, api_key, settings, self._failures, settings.headers, _authorize(self._form.auth)
        )
        scheme, _, member = self._form.auth.partition(":")
        self._in_body = {member: api_key.reveal()} if scheme == "body" else {}
        self._seen = Seen()

    def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`.

        Raises:
            BackendError: at once FILE_REFUSED where the settings have no place for files.
        """
        if ask.uploads and not self._form.file:
            raise self._failures.error(FailureKind.FILE_REFUSED, "takes no files")
        return renewed(ask, self._ask)

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`."""
        if self._form.stop is not None:
            values = {**self._values(ask), "task": task_id}
            await self._done(self._form.stop, values)

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """See `Backend.rate`."""
        call = self._form.rate
        if call is None:
            return
        conversation, message = _split(message_id)
        words = dict(zip((True, False, None), call.values, strict=False))
        values = {
            **self._values(Ask(text="", session_key=conversation, conversation_id=conversation, user=user)),
            "message": message,
            "reason": reason,
        }
        if self._form.withdraws_first and liked is not None:
            # Refused where there is no vote yet, and then nothing was to be taken back.
            await self._call(call, {**values, "rating": words[None]})
        if liked in words:
            await self._done(call, {**values, "rating": words[liked]})

    async def probe(self) -> tuple[Finding, ...]:
        """See `Backend.probe`."""
        return await gather(self._probe())

    def places(self) -> tuple[Finding, ...]:
        """What the last answer held at each place."""
        return tuple(self._seen.findings(self._form.places()))

    async def _probe(self) -> AsyncIterator[Finding]:
        watch = Stopwatch()
        reply = await self._channel.call("GET", self._url(self._form.probe, {}))
        yield Finding("reachable", well=True, detail=f"{self._form.title} answers, round trip {watch}.")
        if self._form.probe and status_failure(reply.status) is FailureKind.CONFIG_AUTH:
            raise self._refused(reply)
        detail = "Whether address, key and places are right shows when it is asked (check --ask)."
        yield Finding("target", well=True, detail=detail)

    async def _ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        continues = bool(ask.conversation_id)
        if self._form.open is not None and not continues:
            conversation = await self._open(self._form.open, ask)
            ask = msgspec.structs.replace(ask, conversation_id=conversation)
            yield Identifiers(conversation_id=conversation)
        values = self._values(ask)
        self._seen = Seen()
        reading = HttpReading(self._failures, self._form, self._settings.no_answer, self._seen)

        def refused(reply: Reply) -> BackendError:
            return self._refused(reply, continues=continues)

        stream = self._channel.converse(
            self._url(self._form.path, values),
            {**fill(self._form.body, values), **self._in_body},
            reading,
            refused,
            trace_id=ask.trace_id,
        )
        try:
            async with aclosing(stream) as parts:
                async for part in parts:
                    yield self._named(part, ask) if isinstance(part, Identifiers) else part
        except BackendError as error:
            # MaxKB refuses with 200, so that its refusal is an event of the stream.
            if continues and not reading.text and _GONE.search(str(error)):
                raise self._failures.error(
                    FailureKind.CONVERSATION_GONE, "has no such conversation"
                ) from error
            raise
        if self._form.sources is not None and reading.identifiers.message_id:
            known = {**values, "message": reading.identifiers.message_id}
            try:
                reply = await self._call(self._form.sources, known)
            except BackendError:
                # The answer is whole without them.
                return
            for part in reading.sources(reply.document):
                yield part

    def _named(self, part: Identifiers, ask: Ask) -> Identifiers:
        """With the conversation in the name of the answer, where a vote has to name both."""
        rate = self._form.rate
        if not part.message_id or rate is None or "{conversation}" not in f"{rate.path}{rate.body}":
            return part
        both = json.dumps([part.conversation_id or ask.conversation_id, part.message_id])
        return msgspec.structs.replace(part, message_id=both)

    async def _open(self, call: Opening, ask: Ask) -> str:
        reply = await self._call(call, self._values(ask))
        found = place(call.id).find(reply.document)
        if not reply.well or not found or not isinstance(found[0], str | int) or found[0] == "":
            raise (
                self._refused(reply)
                if not reply.well or is_error(reply.document)
                else self._failures.error(
                    FailureKind.CONFIG_TARGET,
                    f"began no conversation ({reply.status})",
                    error_words(reply.document),
                )
            )
        return str(found[0])

    async def _done(self, call: Call, values: Mapping[str, Any]) -> None:
        reply = await self._call(call, values)
        if not reply.well or is_error(reply.document):
            raise self._refused(reply)

    async def _call(self, call: Call, values: Mapping[str, Any]) -> Reply:
        payload = None if call.method == "GET" else {**fill(call.body, values), **self._in_body}
        return await self._channel.call(call.method, self._url(call.path, values), payload)

    def _values(self, ask: Ask) -> dict[str, Any]:
        return values_of(ask, self._settings, self._form.file)

    def _url(self, path: str, values: Mapping[str, Any]) -> str:
        about = {"target": self._settings.target, **values}
        return self._settings.base_url.rstrip("/") + fill_path(path, about)

    def _refused(self, reply: Reply, *, continues: bool = False) -> BackendError:
        words = error_words(reply.document) or reply.words
        kind = provider_failure(words) if words else FailureKind.UPSTREAM
        if kind is FailureKind.UPSTREAM:
            kind = status_failure(reply.status)
        if continues and _GONE.search(words):
            kind = FailureKind.CONVERSATION_GONE
        return self._failures.error(kind, f"answered {reply.status}", words)


def _authorize(auth: str) -> Callable[[str], Mapping[str, str]]:
    if auth == "none" or auth.startswith("body:"):
        return lambda _: {}
    if auth == "basic":
        return lambda key: {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"}
    scheme, _, name = auth.partition(":")
    return (lambda key: {name: key}) if scheme == "header" else bearer


def _split(message_id: str) -> tuple[str, str]:
    """The conversation and the answer that `Identifiers` named."""
    try:
        conversation, message = json.loads(message_id)
    except (ValueError, TypeError):
        return "", message_id
    return str(conversation), str(message)
