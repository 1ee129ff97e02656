"""The wiki's answers: `POST {base_url}/ask {space, question, thread}` → `data: {…}`.

The events are `{"say": "…"}` piece by piece, `{"pages": [{"title", "link", "text"}]}`, `{"oops": "…"}` when
something went wrong, and `{"bye": "<thread>"}` at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.backends.base import Finding, Identifiers
from rag_on_dingtalk.backends.citations.sources import cite, excerpt, web_link
from rag_on_dingtalk.backends.probing import gather
from rag_on_dingtalk.backends.transport.answer import Reading
from rag_on_dingtalk.backends.transport.reply import objects, text_of
from rag_on_dingtalk.backends.transport.stream import Channel
from rag_on_dingtalk.backends.verdicts.failures import Failures, provider_failure, status_failure
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from rag_on_dingtalk.backends.base import AnswerPart, Ask
    from rag_on_dingtalk.backends.plugins import PluginContext
    from rag_on_dingtalk.backends.transport.events import Event
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.errors import BackendError


class Wiki:
    """See `rag_on_dingtalk.backends.base.Backend`, whose methods these are."""

    API = 1

    class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """What stands beside `kind` in bots.yaml.

        space: the part of the wiki that is asked.
        """

        space: str

    def __init__(self, settings: Settings, context: PluginContext) -> None:
        self._space = settings.space
        self._failures = Failures("The wiki", context.api_key, "Check backend.base_url and backend.space.")
        self._channel = Channel(context.http, context.api_key, context.backend, self._failures)
        self._url = context.backend.base_url.rstrip("/")

    def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """One question; the wiki keeps the thread."""
        if ask.uploads:
            raise self._failures.error(FailureKind.FILE_REFUSED, "takes no files")
        payload: dict[str, object] = {
            "space": self._space,
            "question": ask.text,
            "thread": ask.conversation_id,
        }
        reading = _WikiReading(self._failures)
        return self._channel.converse(
            f"{self._url}/ask", payload, reading, self._refused, trace_id=ask.trace_id
        )

    async def stop(self, ask: Ask, task_id: str) -> None:
        """Closing the stream is enough."""

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """The wiki takes no votes."""

    async def probe(self) -> tuple[Finding, ...]:
        """Whether the space is there."""
        return await gather(self._probe())

    async def _probe(self) -> AsyncIterator[Finding]:
        reply = await self._channel.call("GET", f"{self._url}/spaces/{self._space}")
        if not reply.well:
            raise self._refused(reply)
        yield Finding("target", well=True, detail=f"The space {self._space} is there.")

    def _refused(self, reply: Reply) -> BackendError:
        words = reply.text("oops")
        kind = provider_failure(words)
        if kind is FailureKind.UPSTREAM:
            kind = status_failure(reply.status)
        return self._failures.error(kind, f"answered {reply.status}", words)


class _WikiReading(Reading):
    def take(self, event: Event) -> Iterator[AnswerPart]:
        fields = event.fields
        if oops := text_of(fields, "oops"):
            raise self._failed(provider_failure(oops), "broke off", oops)
        yield from self._append(fields.get("say"))
        yield from cite(
            Citation(
                title=text_of(page, "title"),
                url=web_link(page.get("link")),
                excerpt=excerpt(text_of(page, "text")),
            )
            for page in objects(fields.get("pages"))
        )
        if "bye" in fields:
            yield Identifiers(conversation_id=text_of(fields, "bye"), message_id=text_of(fields, "bye"))
            self.complete = True
