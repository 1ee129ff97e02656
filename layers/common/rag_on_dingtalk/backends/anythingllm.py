"""AnythingLLM: a workspace's streaming chat over its developer API.

Event shapes were observed on 1.8.5 and 1.16.0, which differ: sources come with the last text chunk up to 1.8
and only with `finalizeResponseStream` since 1.9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rag_on_dingtalk.backends.base import Identifiers, NothingFound
from rag_on_dingtalk.backends.citations import cite, excerpt
from rag_on_dingtalk.backends.failures import Failures, provider_failure, status_failure
from rag_on_dingtalk.backends.reading import Reading
from rag_on_dingtalk.backends.stream import Channel
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.model import Citation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart, Ask
    from rag_on_dingtalk.backends.sse import Event
    from rag_on_dingtalk.backends.stream import Refusal
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
        self._channel = Channel(http, api_key, settings.patience, self._failures)
        self._url = stream_chat_url(settings.base_url, settings.workspace)

    def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`. Without a session id all API callers would share one history."""
        payload: dict[str, object] = {
            "message": without_command(ask.text),
            "mode": self._settings.mode,
            "sessionId": ask.session_key,
        }
        reading = _AnythingLLMReading(self._failures, refuses=self._settings.mode == "query")
        return self._channel.converse(self._url, payload, reading, self._refused)

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`. There is nothing to tell: closing the stream is all that AnythingLLM knows."""

    def _refused(self, refusal: Refusal) -> BackendError:
        words = refusal.text("error", "message")
        aborted = refusal.document.get("type") == "abort"
        kind = _abort_kind(words) if aborted else status_failure(refusal.status)
        return self._failures.error(kind, f"answered {refusal.status}", words)


def stream_chat_url(base_url: str, workspace: str) -> str:
    """The workspace's streaming address; `base_url` may also end in the API's own path."""
    root = _API_PATH.sub("", base_url)
    return f"{root}/api/v1/workspace/{quote(workspace, safe='')}/stream-chat"


def without_command(text: str) -> str:
    """The question with nothing AnythingLLM would obey.

    A leading `@agent` starts an agent run and a leading `/` expands a stored prompt, for API callers too. The
    full-width form of that one character stops both, stays readable for model and person, and, unlike a blank
    put before it, survives trimming.
    """
    text = text.strip()
    return text[:1].translate({ord("@"): "＠", ord("/"): "／"}) + text[1:]


class _AnythingLLMReading(Reading):
    """refuses: the mode is `query`, in which a workspace without a match answers with its refusal text."""

    def __init__(self, failures: Failures, *, refuses: bool) -> None:
        super().__init__(failures)
        self._refuses = refuses

    def take(self, event: Event) -> Iterator[AnswerPart]:
        kind, error = event.get("type"), event.get("error")
        # `error` is false, null or words. A provider that breaks midway is followed by a
        # `finalizeResponseStream` that looks like success: the abort before it has the last word.
        if kind == "abort" or (isinstance(error, str) and error):
            words = error if isinstance(error, str) else ""
            raise self._failed(_abort_kind(words), "aborted the answer", words)
        if kind == "textResponseChunk":
            # Its `close: true` only says that no chunk follows.
            yield from self._append(event.get("textResponse"))
        elif kind == "textResponse":
            # Whole: the only text of a refusal, the repetition of an agent's chunks.
            refusal = self._refuses and not self.text and _is_bare(event)
            yield from self._replace(event.get("textResponse"))
            self.complete = True
            if refusal:
                yield NothingFound(stock=self.text.strip() == _STOCK_REFUSAL)
        elif kind == "finalizeResponseStream":
            yield from self._replace(event.get("textResponse"))
            self.complete = True
        if event.get("chatId"):
            yield Identifiers(message_id=str(event["chatId"]))
        yield from _citations(event.get("sources"))


def _is_bare(event: Event) -> bool:
    # There is no flag for a refusal; it is the answer that was never stored, measured or grounded.
    return not (event.get("chatId") or event.get("metrics") or event.get("sources"))


def _citations(sources: object) -> Iterator[AnswerPart]:
    rows = sources if isinstance(sources, list) else []
    yield from cite(_citation(row) for row in rows if isinstance(row, dict))


def _citation(source: dict[str, Any]) -> Citation:
    # `url` is a path on the server; only what was read from the web names its page, as `link://https://…`.
    link = str(source.get("chunkSource") or "")
    url = link.removeprefix("link://")
    linked = link.startswith("link://") and url.startswith(("http://", "https://"))
    text = _METADATA.sub("", str(source.get("text") or ""))
    return Citation(
        title=str(source.get("title") or "").strip(), url=url if linked else "", excerpt=excerpt(text)
    )


def _abort_kind(words: str) -> FailureKind:
    own = (kind for phrase, kind in _OWN_WORDS if phrase in words)
    return next(own, provider_failure(words))
