"""What the events of AnythingLLM's stream mean.

Observed on 1.8.5 and 1.16.0, which differ: sources come with the last text chunk up to 1.8 and only with
`finalizeResponseStream` since 1.9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Identifiers, NothingFound
from rag_on_dingtalk.backends.citations.sources import cite, excerpt, web_link
from rag_on_dingtalk.backends.transport.answer import Reading, usage
from rag_on_dingtalk.backends.transport.reply import objects
from rag_on_dingtalk.backends.verdicts.failures import provider_failure
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.transport.events import Event
    from rag_on_dingtalk.backends.verdicts.failures import Failures
    from rag_on_dingtalk.settings.sections.backends import AnythingLLM

_METADATA = re.compile(r"\A\s*<document_metadata>.*?</document_metadata>", re.DOTALL)

#: What a workspace answers in query mode until its administrator writes something better.
_STOCK_REFUSAL = "There is no relevant information in this workspace to answer your query."

#: Its own error words, for failures that do not come from the model provider.
_OWN_WORDS = (
    ("is not a valid workspace", FailureKind.CONFIG_TARGET),
    ("is not a valid mode", FailureKind.CONFIG_TARGET),
    ("Message is empty", FailureKind.BAD_INPUT),
    ("No text completion could be completed", FailureKind.EMPTY),
)

#: What the stream of a thread says when its workspace is unknown; elsewhere it can be anything.
_NO_WORKSPACE = "Cannot read properties of null (reading 'id')"


class AnythingLLMReading(Reading):
    """One answer."""

    late_errors_count = True

    def __init__(self, failures: Failures, settings: AnythingLLM) -> None:
        super().__init__(failures, no_answer=settings.no_answer)
        # A workspace without a match answers with its refusal text, in this mode only.
        self._refuses = settings.mode == "query"
        self._threads = settings.threads

    def take(self, event: Event) -> Iterator[AnswerPart]:
        """See `Reading.take`."""
        fields = event.fields
        kind, error = fields.get("type"), fields.get("error")
        # `error` is false, null or words. A provider that breaks midway is followed by a
        # `finalizeResponseStream` that looks like success: the abort before it has the last word.
        if kind == "abort" or (isinstance(error, str) and error):
            words = error if isinstance(error, str) else ""
            kind_of = FailureKind.CONFIG_TARGET if self._lacks_workspace(words) else abort_kind(words)
            raise self._failed(kind_of, "aborted the answer", words, verdict=not words)
        if kind == "textResponseChunk":
            # Its `close: true` only says that no chunk follows.
            yield from self._append(fields.get("textResponse"))
        elif kind == "textResponse":
            # Whole: the only text of a refusal, the repetition of an agent's chunks.
            said = fields.get("textResponse")
            if self._refuses and not self.text and _is_bare(fields):
                # Before its text: a stock refusal is said in the bot's language and never shown.
                yield NothingFound(stock=isinstance(said, str) and said.strip() == _STOCK_REFUSAL)
            yield from self._replace(said)
            self.complete = True
        elif kind == "finalizeResponseStream":
            yield from self._replace(fields.get("textResponse"))
            self.complete = True
        if fields.get("chatId"):
            yield Identifiers(message_id=str(fields["chatId"]))
        yield from usage(fields.get("metrics"), "prompt_tokens", "completion_tokens")
        yield from cite(_citation(source) for source in objects(fields.get("sources")))

    def _lacks_workspace(self, words: str) -> bool:
        return self._threads and words == _NO_WORKSPACE


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


def abort_kind(words: str) -> FailureKind:
    """What the words of an abort mean."""
    own = (kind for phrase, kind in _OWN_WORDS if phrase in words)
    return next(own, provider_failure(words))
