"""What the events of a Bailian application mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.bailian.failures import failure_kind, place_of
from rag_on_dingtalk.backends.base import Identifiers, Usage
from rag_on_dingtalk.backends.citations.marks import BAILIAN_MARKS, repeats
from rag_on_dingtalk.backends.citations.sources import cite, excerpt, web_link
from rag_on_dingtalk.backends.text.gathered import Gathered
from rag_on_dingtalk.backends.transport.answer import Reading
from rag_on_dingtalk.backends.transport.reply import object_of, objects, text_of
from rag_on_dingtalk.backends.verdicts.finish_reasons import Ending, ending_of
from rag_on_dingtalk.models.answer import Citation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.backends.bailian.session import Session
    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.transport.events import Event
    from rag_on_dingtalk.backends.verdicts.failures import Failures
    from rag_on_dingtalk.settings.sections.backends import Bailian


class BailianReading(Reading):
    """One answer. session: with the turn that it is of."""

    def __init__(self, failures: Failures, settings: Bailian, session: Session) -> None:
        super().__init__(failures, no_answer=settings.no_answer, rewritten=(BAILIAN_MARKS, ""))
        self._session = session
        self._known = Identifiers()
        self._joined = Gathered()
        self._latest = ""
        self._repeats = True

    def take(self, event: Event) -> Iterator[AnswerPart]:
        """See `Reading.take`."""
        fields = event.fields
        output = object_of(fields.get("output"))
        if fields.get("code") and not output:
            where, words = place_of(fields, 500), text_of(fields, "message")
            raise self._failed(failure_kind(fields, 500), f"broke off with {where}", words)
        yield from self._identify(text_of(output, "session_id"), text_of(fields, "request_id"))
        message = object_of(next(iter(objects(output.get("choices"))), {}).get("message"))
        yield from self._think(text_of(message, "reasoning_content"))
        for thought in objects(output.get("thoughts"))[:1]:
            yield from self._think(thought.get("thought"))
        step = object_of(object_of(output.get("workflow_message")).get("message"))
        # Until the end it is the word "null".
        ending = ending_of(text_of(output, "finish_reason"))
        last = ending is not Ending.NONE
        said = text_of(output, "text") or text_of(step, "content") or text_of(message, "content")
        if said or last:
            yield from self._hear_text(said, last=last)
        yield from cite(_citation(one) for one in objects(output.get("doc_references")))
        yield from _usage(objects(object_of(fields.get("usage")).get("models")))
        yield from self._finish(ending, text_of(output, "finish_reason"))

    def _hear_text(self, text: str, *, last: bool) -> Iterator[AnswerPart]:
        # `incremental_output` is asked for, but some applications ignore it: then every event repeats the
        # whole text so far. The reading assumes that until the first event that is no repetition. The last
        # event adds nothing: it is empty or the whole text.
        self._repeats = self._repeats and text.startswith(self._latest)
        if (
            last
            and not self._repeats
            and len(text) * 4 >= self._joined.size
            and repeats(self._joined.text, text)
        ):
            return
        self._joined.add(text)
        self._latest = text
        if self._repeats:
            yield from self._replace(text)
        elif self._said.size + len(text) == self._joined.size:
            yield from self._append(text)
        else:
            yield from self._replace(self._joined.text)

    def _identify(self, session_id: str, request_id: str) -> Iterator[Identifiers]:
        conversation = self._session.written(session_id) if session_id else self._known.conversation_id
        found = Identifiers(conversation, request_id or self._known.message_id)
        if found != self._known:
            self._known = found
            yield found


def _citation(reference: dict[str, Any]) -> Citation:
    pages = reference.get("page_number")
    numbers = ", ".join(map(str, pages)) if isinstance(pages, list) else ""
    return Citation(
        title=(text_of(reference, "title", "doc_name")).strip(),
        # Signed, and good for a short time only.
        url=web_link(reference.get("doc_url")),
        excerpt=excerpt(text_of(reference, "text")),
        place=f"p. {numbers}" if numbers else "",
    )


def _usage(models: list[dict[str, Any]]) -> Iterator[Usage]:
    counted = [(model.get("input_tokens"), model.get("output_tokens")) for model in models]
    totals = [
        sum(count for count in counts if isinstance(count, int)) for counts in zip(*counted, strict=True)
    ]
    if any(totals):
        yield Usage(*totals)
