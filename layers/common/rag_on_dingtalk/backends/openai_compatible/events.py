"""What the chunks of a chat completion mean, those of FastGPT and RAGFlow included."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Identifiers, NothingFound, Suggestions
from rag_on_dingtalk.backends.citations import cite, excerpt, web_link
from rag_on_dingtalk.backends.fragments import mark
from rag_on_dingtalk.backends.openai_compatible.failures import error_in, failure_kind, words_of
from rag_on_dingtalk.backends.reading import Reading, usage
from rag_on_dingtalk.backends.reply import object_of, objects, text_of
from rag_on_dingtalk.backends.sse import DONE
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.model import Citation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.failures import Failures
    from rag_on_dingtalk.backends.sse import Event
    from rag_on_dingtalk.config import OpenAICompatible

#: RAGFlow's numbers of its sources, the older ones second.
_SOURCE_NUMBERS = mark(r" ?\[ID:\s*\d+\]", r" ?##\d+\$\$")

#: RAGFlow reports a crash as text.
_CRASH = "**ERROR**:"


class OpenAIReading(Reading):
    """One answer."""

    def __init__(self, failures: Failures, settings: OpenAICompatible) -> None:
        self._flavour = settings.flavour
        super().__init__(
            failures,
            no_answer=settings.no_answer,
            rewritten=(_SOURCE_NUMBERS, "") if self._flavour == "ragflow" else None,
        )
        self._message_id = ""

    def take(self, event: Event) -> Iterator[AnswerPart]:
        """See `Reading.take`."""
        fields = event.fields
        if event.data == DONE:
            self.complete = True
        error = error_in(fields) or (fields if event.name == "error" else None)
        if error is not None:
            kind = failure_kind(error, HTTPStatus.INTERNAL_SERVER_ERROR)
            raise self._failed(kind, "broke off", words_of(error))
        if event.name == "flowResponses":
            yield from cite(map(_quotation, _quotations(event.data)))
        if event.name == "interactive":
            yield from self._choice(object_of(fields.get("interactive")))
        for choice in objects(fields.get("choices"))[:1]:
            yield from self._chunk(choice)
        if fields.get("choices") is not None:
            yield from self._identify(fields)
        # FastGPT counts one token of each.
        if self._flavour != "fastgpt":
            yield from usage(fields.get("usage"), "prompt_tokens", "completion_tokens")

    def _chunk(self, choice: dict[str, Any]) -> Iterator[AnswerPart]:
        delta = object_of(choice.get("delta"))
        reason = choice.get("finish_reason")
        # vLLM has renamed the first one to the second.
        yield from self._think(text_of(delta, "reasoning_content", "reasoning"))
        for content in _contents(delta.get("content")):
            yield from self._content(content, last=bool(reason))
        yield from cite(map(_chunk_citation, _chunks(delta.get("reference"))))
        if reason == "content_filter":
            raise self._failed(FailureKind.BLOCKED, "held the answer back (content_filter)")
        if reason == "no_content":
            # AnythingLLM's facade: its refusal.
            yield NothingFound()
        if reason:
            self.complete = True

    def _content(self, content: str, *, last: bool) -> Iterator[AnswerPart]:
        if self._flavour == "ragflow":
            if content.startswith(_CRASH):
                words = content.removeprefix(_CRASH)
                raise self._failed(failure_kind({"message": words}, 500), "broke off", words)
            if last and content == self._said:
                # Older ones repeat the whole text at the end.
                return
        yield from self._append(content)

    def _choice(self, interactive: dict[str, Any]) -> Iterator[AnswerPart]:
        params = object_of(interactive.get("params"))
        options = [text_of(option, "value") for option in objects(params.get("userSelectOptions"))]
        if not options:
            raise self._failed(FailureKind.UPSTREAM, "waits for a form, which a chat cannot show")
        # The chosen words, sent as the next question, continue the flow.
        said = text_of(params, "description")
        yield from self._append(
            "\n\n".join(filter(None, [said, "\n".join(f"- {option}" for option in options)]))
        )
        yield Suggestions(tuple(options))
        self.complete = True

    def _identify(self, fields: dict[str, Any]) -> Iterator[Identifiers]:
        name = text_of(fields, "id")
        if name and name != self._message_id:
            self._message_id = name
            yield Identifiers(message_id=name)


def _contents(content: object) -> list[str]:
    """The texts of a message's content: a string, or parts of which some are text."""
    if isinstance(content, str):
        return [content]
    parts = (part.get("text") for part in objects(content))
    return [text_of(part, "content") if isinstance(part, dict) else str(part) for part in parts if part]


def _quotations(responses: object) -> list[dict[str, Any]]:
    return [quotation for node in objects(responses) for quotation in objects(node.get("quoteList"))]


def _quotation(quotation: dict[str, Any]) -> Citation:
    said = " ".join(filter(None, (text_of(quotation, "q"), text_of(quotation, "a"))))
    return Citation(title=text_of(quotation, "sourceName").strip(), excerpt=excerpt(said))


def _chunks(reference: object) -> list[dict[str, Any]]:
    """RAGFlow's chunks: in a list, or by number, on their own or as one member among others."""
    chunks = object_of(reference).get("chunks", reference)
    return objects(list(chunks.values()) if isinstance(chunks, dict) else chunks)


def _chunk_citation(chunk: dict[str, Any]) -> Citation:
    return Citation(
        title=text_of(chunk, "document_name").strip(),
        url=web_link(chunk.get("url")),
        excerpt=excerpt(text_of(chunk, "content")),
    )
