"""What the chunks of a chat completion mean, those of FastGPT and RAGFlow included."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Identifiers, Suggestions
from rag_on_dingtalk.backends.citations.marks import FASTGPT_MARKS, RAGFLOW_MARKS, repeats
from rag_on_dingtalk.backends.citations.sources import cite
from rag_on_dingtalk.backends.openai_compatible.contents import contents, plain_text, thoughts
from rag_on_dingtalk.backends.openai_compatible.failures import error_in, failure_kind, words_of
from rag_on_dingtalk.backends.openai_compatible.sources import (
    chunk_citation,
    chunks,
    further_sources,
    quotation,
    quotations,
)
from rag_on_dingtalk.backends.transport.answer import ENDED_EARLY, Reading, usage
from rag_on_dingtalk.backends.transport.events import DONE, Event
from rag_on_dingtalk.backends.transport.reply import object_of, objects, text_of
from rag_on_dingtalk.backends.verdicts.finish_reasons import Ending, ending_of, reason_in
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.text.fragments import Mark
    from rag_on_dingtalk.backends.transport.answer import Loss
    from rag_on_dingtalk.backends.verdicts.failures import Failures
    from rag_on_dingtalk.settings.sections.backends import OpenAICompatible

#: RAGFlow reports a crash as text.
_CRASH = "**ERROR**"

#: Marks of sources in the text, which the list below the answer replaces.
_MARKS: dict[str, tuple[Mark, str]] = {"ragflow": (RAGFLOW_MARKS, ""), "fastgpt": (FASTGPT_MARKS, "")}


class OpenAIReading(Reading):
    """One answer."""

    def __init__(self, failures: Failures, settings: OpenAICompatible) -> None:
        self._flavour = settings.flavour
        super().__init__(
            failures,
            no_answer=settings.no_answer,
            rewritten=_MARKS.get(self._flavour),
            error_mark=_CRASH if self._flavour == "ragflow" else "",
        )
        self._message_id = ""
        self._copy = ""
        self._thought = False
        self._answer_from = 0

    def take(self, event: Event) -> Iterator[AnswerPart]:
        """See `Reading.take`."""
        fields = event.fields
        words = "" if event.name else plain_text(event.data)
        if words and fields.get("id", "") == self._message_id:
            yield from self._content(words)
            return
        if event.data == DONE:
            self.complete, self._may_go_on = True, False
        error = error_in(fields) or (fields if event.name == "error" else None)
        if error is not None:
            kind = failure_kind(error, HTTPStatus.INTERNAL_SERVER_ERROR)
            raise self._failed(kind, "broke off", words_of(error))
        if event.name == "flowResponses":
            yield from cite(map(quotation, quotations(event.data)))
        if event.name == "interactive":
            yield from self._choice(object_of(fields.get("interactive")))
        yield from cite(further_sources(self._flavour, fields))
        for choice in objects(fields.get("choices"))[:1]:
            yield from self._chunk(choice, whole=fields.get("object") == "chat.completion")
        if fields.get("choices") is not None:
            yield from self._identify(fields)
        # FastGPT counts one token of each.
        if self._flavour != "fastgpt":
            yield from usage(fields.get("usage"), "prompt_tokens", "completion_tokens")

    def is_work(self, event: Event) -> bool:
        """See `Reading.is_work`. A plain server's first chunk has no text and shows no work yet."""
        if self._flavour == "fastgpt":
            return super().is_work(event)
        return self._spoken or self._thought

    def document(self, fields: dict[str, Any]) -> Iterator[AnswerPart]:
        """See `Reading.document`. Servers that ignore `stream: true` answer with one."""
        if not objects(fields.get("choices")):
            return
        yield from self.hear(Event(fields))
        yield from cite(map(quotation, quotations(fields.get("responseData"))))
        self.complete = True

    def close(self, loss: Loss = ENDED_EARLY) -> Iterator[AnswerPart]:
        """See `Reading.close`."""
        self._copy = ""
        yield from super().close(loss)

    def _chunk(self, choice: dict[str, Any], *, whole: bool) -> Iterator[AnswerPart]:
        delta = object_of(choice.get("delta"))
        reason = reason_in(choice)
        yield from self._reason(delta)
        said = False
        for content in contents(delta.get("content")):
            said = said or bool(content)
            yield from self._content(content)
        yield from self._append(delta.get("refusal"))
        message = object_of(choice.get("message"))
        if message and not said:
            yield from self._message(message, alone="delta" not in choice)
        elif not delta:
            yield from self._append(choice.get("text"))
        yield from cite(map(chunk_citation, chunks(delta.get("reference") or message.get("reference"))))
        yield from self._end(reason, spoken_here=whole and said)

    def _message(self, message: dict[str, Any], *, alone: bool) -> Iterator[AnswerPart]:
        """A message in place of a delta, whole or piece by piece, or a whole one after all deltas.

        alone: there is no delta beside it.
        """
        yield from self._reason(message)
        content = "".join(contents(message.get("content")))
        if not self._spoken:
            yield from self._append(content)
            yield from self._append(message.get("refusal"))
        elif alone and len(content) >= self._said.size and content.startswith(self._said.text):
            yield from self._replace(content)
        elif alone:
            yield from self._append(content)
        for part in objects(message.get("content")):
            if part.get("type") == "interactive":
                yield from self._choice(object_of(part.get("interactive")))

    def _reason(self, delta: dict[str, Any]) -> Iterator[AnswerPart]:
        # vLLM has renamed the first one to the second; Mistral sends parts.
        words = text_of(delta, "reasoning_content", "reasoning", "thinking", "reasoning_text")
        words += "".join(thoughts(delta.get("content")))
        self._thought = self._thought or bool(words)
        yield from self._think(words)

    def _end(self, reason: str, *, spoken_here: bool) -> Iterator[AnswerPart]:
        if reason == "abort" and spoken_here:
            # AnythingLLM's facade about an empty workspace: its refusal, whole and in one chunk.
            reason = "no_content"
        ending = ending_of(reason)
        if ending is not Ending.NONE:
            self._copy = ""
        yield from self._finish(ending, reason)

    def _kind_of_error_text(self, words: str) -> FailureKind:
        return failure_kind({"message": words}, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _content(self, content: str) -> Iterator[AnswerPart]:
        held, self._copy = self._copy, ""
        yield from self._append(held)
        if self._may_repeat(content) and repeats(self._said.text, content):
            # RAGFlow says all of it again, with its marks, just before it ends. If more follows, it was text.
            self._copy = content
        else:
            yield from self._append(content)
            if "</think" in content:
                self._answer_from = self._said.size

    def _may_repeat(self, content: str) -> bool:
        # Most pieces are short: a long answer is not compared with each of them.
        said = self._said.size - self._answer_from
        return self._flavour == "ragflow" and 0 < said <= 4 * len(content)

    def _choice(self, interactive: dict[str, Any]) -> Iterator[AnswerPart]:
        kind = text_of(interactive, "type")
        if kind == "paymentPause":
            raise self._failed(FailureKind.QUOTA, "has paused for a payment", verdict=True)
        params = object_of(interactive.get("params"))
        options = [text_of(option, "value") for option in objects(params.get("userSelectOptions"))]
        within = object_of(params.get("childrenResponse") or interactive.get("childrenResponse"))
        if within and not options:
            # The form belongs to a sub-flow, a loop or a tool.
            yield from self._choice(within)
            return
        said = text_of(params, "description")
        if not any(options):
            yield from self._append(said)
            raise self._failed(FailureKind.FORM, "waits for a form, which a chat cannot show", verdict=True)
        # The chosen words, sent as the next question, continue the flow.
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
