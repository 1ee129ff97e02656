"""AnythingLLM: a workspace's streaming chat over its developer API.

Event shapes were observed on 1.8.5 and 1.16.0, which differ: sources come with the last text chunk up to 1.8
and only with `finalizeResponseStream` since 1.9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rag_on_dingtalk.backends.base import Finding, Identifiers, NothingFound
from rag_on_dingtalk.backends.citations import cite, excerpt, web_link
from rag_on_dingtalk.backends.failures import Failures, provider_failure, status_failure
from rag_on_dingtalk.backends.probing import Stopwatch, gather
from rag_on_dingtalk.backends.reading import Reading, usage
from rag_on_dingtalk.backends.reply import objects
from rag_on_dingtalk.backends.stream import Channel
from rag_on_dingtalk.backends.uploads import data_url
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.model import Citation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart, Ask, Upload
    from rag_on_dingtalk.backends.reply import Reply
    from rag_on_dingtalk.backends.sse import Event
    from rag_on_dingtalk.config import AnythingLLM, Secret
    from rag_on_dingtalk.errors import BackendError

_API_PATH = re.compile(r"/*(?:/api(?:/v1)?)?/*$")
_METADATA = re.compile(r"\A\s*<document_metadata>.*?</document_metadata>", re.DOTALL)

#: What a workspace answers in query mode until its administrator writes something better.
_STOCK_REFUSAL = "There is no relevant information in this workspace to answer your query."

#: Its own words for what is not the model provider's doing.
_OWN_WORDS = (
    ("is not a valid workspace", FailureKind.CONFIG_TARGET),
    ("is not a valid mode", FailureKind.CONFIG_TARGET),
    ("Message is empty", FailureKind.BAD_INPUT),
    ("No text completion could be completed", FailureKind.EMPTY),
)

#: A document among the attachments, since November 2025; a server from before takes it for a picture.
_DOCUMENT = "application/anythingllm-document"


class AnythingLLMBackend:
    """Answers from one workspace; the session is the caller's own name for it."""

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
        payload: dict[str, object] = {
            "message": without_command(ask.text),
            "mode": self._settings.mode,
            "sessionId": ask.session_key,
        }
        if ask.uploads:
            payload["attachments"] = [_attachment(upload) for upload in ask.uploads]
        reading = _AnythingLLMReading(self._failures, self._settings)
        return self._channel.converse(
            f"{self._workspace}/stream-chat", payload, reading, self._refused, trace_id=ask.trace_id
        )

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`. There is nothing to tell: closing the stream is all that AnythingLLM knows."""

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """See `Backend.rate`. Only people who are logged in can vote there, no API key can."""

    async def probe(self) -> tuple[Finding, ...]:
        """See `Backend.probe`."""
        return await gather(self._probe())

    async def _probe(self) -> AsyncIterator[Finding]:
        watch = Stopwatch()
        # Whatever the web interface does not know is answered with its page: only the document counts.
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
        kind = _abort_kind(words) if aborted else status_failure(reply.status)
        return self._failures.error(kind, f"answered {reply.status}", words)


def api_url(base_url: str) -> str:
    """Where the API is; `base_url` may end in its path or not."""
    return _API_PATH.sub("", base_url) + "/api"


def without_command(text: str) -> str:
    """The question with nothing AnythingLLM would obey.

    A leading `@agent` starts an agent run and a leading `/` expands a stored prompt, for API callers too. The
    full-width form of that one character stops both, stays readable for model and person, and, unlike a blank
    put before it, survives trimming.
    """
    text = text.strip()
    return text[:1].translate({ord("@"): "＠", ord("/"): "／"}) + text[1:]


def _attachment(upload: Upload) -> dict[str, str]:
    return {
        "name": upload.name,
        "mime": upload.media_type if upload.is_picture else _DOCUMENT,
        "contentString": data_url(upload),
    }


class _AnythingLLMReading(Reading):
    def __init__(self, failures: Failures, settings: AnythingLLM) -> None:
        super().__init__(failures, no_answer=settings.no_answer)
        # A workspace without a match answers with its refusal text, in this mode only.
        self._refuses = settings.mode == "query"

    def take(self, event: Event) -> Iterator[AnswerPart]:
        fields = event.fields
        kind, error = fields.get("type"), fields.get("error")
        # `error` is false, null or words. A provider that breaks midway is followed by a
        # `finalizeResponseStream` that looks like success: the abort before it has the last word.
        if kind == "abort" or (isinstance(error, str) and error):
            words = error if isinstance(error, str) else ""
            raise self._failed(_abort_kind(words), "aborted the answer", words)
        if kind == "textResponseChunk":
            # Its `close: true` only says that no chunk follows.
            yield from self._append(fields.get("textResponse"))
        elif kind == "textResponse":
            # Whole: the only text of a refusal, the repetition of an agent's chunks.
            refusal = self._refuses and not self.text and _is_bare(fields)
            yield from self._replace(fields.get("textResponse"))
            self.complete = True
            if refusal:
                yield NothingFound(stock=self.text.strip() == _STOCK_REFUSAL)
        elif kind == "finalizeResponseStream":
            yield from self._replace(fields.get("textResponse"))
            self.complete = True
        if fields.get("chatId"):
            yield Identifiers(message_id=str(fields["chatId"]))
        yield from usage(fields.get("metrics"), "prompt_tokens", "completion_tokens")
        yield from cite(_citation(source) for source in objects(fields.get("sources")))


def _is_bare(fields: dict[str, Any]) -> bool:
    # There is no flag for a refusal; it is the answer that was never stored, measured or grounded.
    return not (fields.get("chatId") or fields.get("metrics") or fields.get("sources"))


def _citation(source: dict[str, Any]) -> Citation:
    # `url` is a path on the server; only what was read from the web names its page, as `link://https://…`.
    link = str(source.get("chunkSource") or "")
    return Citation(
        title=str(source.get("title") or "").strip(),
        url=web_link(link.removeprefix("link://")) if link.startswith("link://") else "",
        excerpt=excerpt(_METADATA.sub("", str(source.get("text") or ""))),
    )


def _abort_kind(words: str) -> FailureKind:
    own = (kind for phrase, kind in _OWN_WORDS if phrase in words)
    return next(own, provider_failure(words))
