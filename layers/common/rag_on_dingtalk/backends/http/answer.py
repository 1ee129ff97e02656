"""What an answer says, found at the places that the settings name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Identifiers, Suggestions
from rag_on_dingtalk.backends.citations.sources import cite, excerpt, web_link
from rag_on_dingtalk.backends.text.fragments import mark
from rag_on_dingtalk.backends.transport.answer import ENDED_EARLY, Reading
from rag_on_dingtalk.backends.transport.events import DONE
from rag_on_dingtalk.backends.transport.json_sequence import AnyReader
from rag_on_dingtalk.backends.transport.reply import is_error, object_of, objects, text_of
from rag_on_dingtalk.backends.verdicts.failures import provider_failure
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.settings.kinds.paths import first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.http.form import Form
    from rag_on_dingtalk.backends.http.seen import Seen
    from rag_on_dingtalk.backends.transport.answer import Loss
    from rag_on_dingtalk.backends.transport.events import Event, Reader
    from rag_on_dingtalk.backends.verdicts.failures import Failures
    from rag_on_dingtalk.settings.kinds.paths import Place

_TEXTS = ("delta", "full", "reasoning")
#: A text that begins like a document is held back up to this to be unwrapped, characters.
_LONGEST_WRAPPED = 200_000


class HttpReading(Reading):
    """One answer.

    seen: what was found where, without a word of the answer.
    """

    def __init__(self, failures: Failures, form: Form, no_answer: tuple[str, ...], seen: Seen) -> None:
        super().__init__(
            failures,
            no_answer=(*no_answer, *form.nothing),
            rewritten=(mark(*form.marks), "") if form.marks else None,
        )
        self._form = form
        self._places = form.places()
        self._seen = seen
        self._known = Identifiers()
        self._wrapped: str | None = "" if self._places["unwrap"] else None

    def reader(self) -> Reader:
        """See `Reading.reader`."""
        return AnyReader()

    def take(self, event: Event) -> Iterator[AnswerPart]:
        """See `Reading.take`."""
        if event.data == DONE:
            self.complete = True
            return
        document = event.data
        name = self._text("event", document) or event.name
        self._seen.event(name, document)
        if words := self._error(document, name):
            raise self._failed(provider_failure(words), "broke off", words)
        yield from self._identify(document, name)
        yield from self._think(self._text("reasoning", document, name))
        yield from self._say(self._text("delta", document, name))
        yield from self._whole(document, name)
        yield from cite(map(self._citation, self._rows("citations", document, name)))
        yield from self._suggest(document, name)
        if self._truth("end", document, name):
            self.complete, self._may_go_on = True, False
        elif self._truth("may_end", document, name):
            self.complete = self._may_go_on = True

    def close(self, loss: Loss = ENDED_EARLY) -> Iterator[AnswerPart]:
        """See `Reading.close`."""
        yield from self._unwrap()
        if loss is ENDED_EARLY and not (self._places["end"] or self._places["may_end"]):
            self.complete = True
        known = self._seen.any(role for role in self._places if role != "event")
        if not self._seen.any(_TEXTS) and (self.complete or (loss is ENDED_EARLY and not known)):
            # Where something else was found, the answer may really be empty.
            raise self._failures.error(
                FailureKind.EMPTY if known else FailureKind.CONFIG_TARGET,
                f"answered, but there is no text at the places that are set; {self._seen.outline()}",
                begun=True,
                verdict=True,
                advice="Compare backend.read with what the server sends (check --ask shows what was found).",
            )
        yield from super().close(loss)

    def sources(self, document: dict[str, Any]) -> Iterator[AnswerPart]:
        """The sources in the reply to a request of their own."""
        yield from cite(map(self._citation, self._rows("citations", document, "")))

    @property
    def identifiers(self) -> Identifiers:
        """What the server has called this conversation and this answer."""
        return self._known

    def _say(self, words: str) -> Iterator[AnswerPart]:
        if self._wrapped is None or not words:
            yield from self._append(words)
            return
        self._wrapped += words
        begun = self._wrapped.lstrip()
        if (begun and not begun.startswith(("{", "["))) or len(begun) > _LONGEST_WRAPPED:
            words, self._wrapped = self._wrapped, None
            yield from self._append(words)

    def _unwrap(self) -> Iterator[AnswerPart]:
        words, self._wrapped = self._wrapped or "", None
        try:
            document = json.loads(words, strict=False)
        except (ValueError, RecursionError):
            document = None
        inner = first(self._places["unwrap"], document) if document is not None else None
        yield from self._append(inner if isinstance(inner, str) else words)

    def _whole(self, document: Any, name: str) -> Iterator[AnswerPart]:
        for one in self._places["full"]:
            found = [value for value in one.find(document, name) if isinstance(value, str)]
            if found:
                self._seen.found("full", one, found[0])
                # In an event without a name: a document that is no stream, and whole.
                yield from self._replace(found[0])
                if not (one.event or name):
                    self.complete = self._may_go_on = True
                return

    def _identify(self, document: Any, name: str) -> Iterator[AnswerPart]:
        known = Identifiers(
            self._id("conversation", document, name) or self._known.conversation_id,
            self._id("message", document, name) or self._known.message_id,
            self._id("task", document, name) or self._known.task_id,
        )
        if known != self._known:
            self._known = known
            yield known

    def _suggest(self, document: Any, name: str) -> Iterator[AnswerPart]:
        found = self._first("suggestions", document, name)
        questions = tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
        if questions:
            yield Suggestions(questions)

    def _error(self, document: Any, name: str) -> str:
        found = self._first("error", document, name)
        if isinstance(found, dict):
            found = text_of(found, "message", "msg", "error", "detail", "content") or "an error"
        if isinstance(found, str) and found:
            return found
        fields = object_of(document)
        start, said = self._form.error_start, first(self._places["delta"], document, name)
        if start and isinstance(said, str) and said.startswith(start):
            return said.removeprefix(start)
        if name == "error" or (is_error(fields) and not self._holds_text(document, name)):
            return error_words(fields) or "an error without words"
        return ""

    def _holds_text(self, document: Any, name: str) -> bool:
        return any(
            one.find(document, name)
            for role in ("delta", "full", "end", "citations")
            for one in self._places[role]
        )

    def _citation(self, row: dict[str, Any]) -> Citation:
        # A document's name may be a path on the server.
        title = str(first(self._places["title"], row) or "").strip()
        said = first(self._places["excerpt"], row)
        return Citation(
            title=title.replace("\\", "/").rstrip("/").rpartition("/")[2] or title,
            url=web_link(first(self._places["url"], row)),
            excerpt=excerpt(said) if isinstance(said, str) else "",
        )

    def _rows(self, role: str, document: Any, name: str) -> list[dict[str, Any]]:
        return objects(self._first(role, document, name))

    def _truth(self, role: str, document: Any, name: str) -> bool:
        found = [value for one in self._places[role] for value in self._note(role, one, document, name)]
        return any(value not in (False, "", 0) for value in found)

    def _id(self, role: str, document: Any, name: str) -> str:
        found = self._first(role, document, name)
        return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""

    def _text(self, role: str, document: Any, name: str = "") -> str:
        found = self._first(role, document, name)
        if isinstance(found, bool):
            return ""
        return str(found) if isinstance(found, str | int | float) else ""

    def _first(self, role: str, document: Any, name: str) -> Any:
        for one in self._places[role]:
            if found := self._note(role, one, document, name):
                return found[0]
        return None

    def _note(self, role: str, one: Place, document: Any, name: str) -> list[Any]:
        found = one.find(document, name)
        if found:
            self._seen.found(role, one, found[0])
        return found


def error_words(document: dict[str, Any]) -> str:
    """The words of an error document, whatever its shape."""
    error = document.get("error")
    if isinstance(error, dict):
        return text_of(error, "message", "msg", "details", "code")
    detail = document.get("detail")
    if isinstance(detail, list):
        # FastAPI's: each of them quotes what was sent, which is left out.
        return "; ".join(text_of(one, "msg") for one in objects(detail))
    return text_of(document, "error", "message", "msg", "detail", "statusText", "content")
