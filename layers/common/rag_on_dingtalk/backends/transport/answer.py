"""The state of one answer while it is being read; each product adds what its events mean. No I/O."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from rag_on_dingtalk.backends.base import Anomaly, NothingFound, Reasoning, Replacement, Text, Usage
from rag_on_dingtalk.backends.text.fragments import Mark, Rewriter
from rag_on_dingtalk.backends.text.gathered import Gathered
from rag_on_dingtalk.backends.text.surrogates import Halves, well_formed
from rag_on_dingtalk.backends.transport.events import DONE
from rag_on_dingtalk.backends.transport.reply import object_of
from rag_on_dingtalk.backends.transport.sse import EventReader
from rag_on_dingtalk.backends.verdicts.error_text import ErrorTexts
from rag_on_dingtalk.backends.verdicts.failures import provider_failure
from rag_on_dingtalk.backends.verdicts.finish_reasons import Ending
from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.transport.events import Damage, Event, Reader
    from rag_on_dingtalk.backends.verdicts.failures import Failures

#: These kinds have a sentence of their own, whether text was given out before or not.
_OWN_SENTENCE = frozenset((FailureKind.TIMEOUT, FailureKind.FORM, FailureKind.CUT_SHORT))


_LONGEST_REASON = 40


class Loss(NamedTuple):
    """Why a stream gives no more: the arguments of `Failures.error`."""

    kind: FailureKind
    what: str
    said: str = ""


ENDED_EARLY = Loss(FailureKind.UPSTREAM, "ended the stream before the answer was complete")


class Reading(ABC):
    """One answer, event by event.

    no_answer: how an answer begins that says that the documents hold nothing.
    rewritten: a mark that a person should not see, and what stands for it.
    error_mark: how this product begins an error that it writes into the answer's text.
    complete: the product has said that the answer is whole; a stream that ends before is an interrupted one.
    """

    #: Whether an error counts that comes after the product's last word.
    late_errors_count = False

    def __init__(
        self,
        failures: Failures,
        *,
        no_answer: tuple[str, ...] = (),
        rewritten: tuple[Mark, str] | None = None,
        error_mark: str = "",
    ) -> None:
        self.complete = False
        self._failures = failures
        self._no_answer = no_answer
        self._rewritten = rewritten
        self._error_mark = error_mark
        self._begun = False
        self._lost = False
        self._cut = ""
        self._may_go_on = False
        self._files_given = False
        self._thinking = Halves()
        self._begin()

    def hear(self, event: Event) -> Iterator[AnswerPart]:
        """What an event adds to the answer.

        Raises:
            BackendError: the event says that the answer failed.
        """
        ended = self.complete
        try:
            if event.words:
                raise self._failed(provider_failure(event.words), "broke off", event.words)
            told = False
            for part in self.take(event):
                told = told or isinstance(part, Text | Reasoning | Replacement)
                yield well_formed(part)
            if event.repaired and not (told or self.complete) and event.data:
                # The repair may have removed the part that carried text.
                self._lost = True
                yield Anomaly("meaningless", lost=True)
        except BackendError as error:
            if not ended or self.late_errors_count:
                raise
            # The answer is whole, whatever went wrong afterwards.
            yield Anomaly("error_after_the_end", error.kind.value)
        self._begun = self._begun or self.is_work(event)

    def damaged(self, damage: Damage) -> Iterator[AnswerPart]:
        """Note that something of the stream could not be read, or not as it came."""
        lost = damage.lost and not self.complete
        self._lost = self._lost or lost
        self._begun = self._begun or lost
        yield Anomaly(damage.what, f"{damage.characters} characters", lost=lost)

    @abstractmethod
    def take(self, event: Event) -> Iterator[AnswerPart]:
        """What the product's event adds to the answer.

        Raises:
            BackendError: the event says that the answer failed.
        """

    def reader(self) -> Reader:
        """What turns the body into events."""
        return EventReader()

    def is_work(self, event: Event) -> bool:
        """Whether the event shows that the product has begun to work on the question."""
        return bool(event.data != DONE)

    def document(self, fields: dict[str, Any]) -> Iterator[AnswerPart]:  # noqa: ARG002 - for the products that know one
        """The parts of an answer that came in place of a stream; nothing where that is not understood."""
        return iter(())

    @property
    def over(self) -> bool:
        """No more text is to be expected."""
        return self.complete and not self._may_go_on

    @property
    def text(self) -> str:
        """The answer so far, a model's marked reasoning included."""
        return self._out.text

    def close(self, loss: Loss = ENDED_EARLY) -> Iterator[AnswerPart]:
        """Judge the answer when no event follows; gives out what was held back.

        loss: why none follows, if the connection did not end by itself.

        Raises:
            BackendError: the answer is not whole, or blank.
        """
        yield from self._end_of_text()
        # After the product's last word, a broken connection changes nothing.
        if not self.complete:
            raise self._failed(*loss)
        if self._lost:
            raise self._failed(FailureKind.UPSTREAM, "sent events that could not be read")
        if self._cut:
            raise self._failures.error(FailureKind.CUT_SHORT, f"cut the answer off ({self._cut})", begun=True)
        if not (self._spoken or self._files_given):
            raise self._failures.error(FailureKind.EMPTY, "returned an empty answer", begun=True)
        if self._no_answer and self.text.lstrip().startswith(self._no_answer):
            yield NothingFound()

    @property
    def _spoken(self) -> bool:
        return not self._out.blank

    def _begin(self) -> None:
        self._said = Gathered()
        self._out = Gathered()
        self._halves = Halves()
        self._rewriter = Rewriter(*self._rewritten) if self._rewritten else None
        self._errors = ErrorTexts(self._error_mark)

    def _append(self, delta: object) -> Iterator[Text | Replacement]:
        if isinstance(delta, str) and delta:
            self._said.add(delta)
            yield from self._pass_on(self._errors.feed(self._halves.feed(delta)))

    def _pass_on(self, words: str) -> Iterator[Text]:
        if self._rewriter is not None:
            words = self._rewriter.feed(words)
        if words:
            if self._may_go_on:
                self.complete = self._may_go_on = False
            self._out.add(words)
            yield Text(words)

    def _end_of_text(self) -> Iterator[Text]:
        yield from self._pass_on(self._errors.feed(self._halves.end()))
        yield from self._pass_on(self._errors.end())
        if self._rewriter is not None and (held := self._rewriter.end()):
            self._out.add(held)
            yield Text(held)
        if (words := self._errors.found) is not None:
            raise self._failed(self._kind_of_error_text(words), "wrote an error in place of text", words)

    def _kind_of_error_text(self, words: str) -> FailureKind:
        return provider_failure(words)

    def _finish(self, ending: Ending, reason: str) -> Iterator[AnswerPart]:
        """Note what a model's finish reason says.

        Raises:
            BackendError: the answer was blocked, or failed.
        """
        if ending is Ending.NONE:
            return
        reason = reason[:_LONGEST_REASON]
        if ending is Ending.BLOCKED:
            raise self._failures.error(
                FailureKind.BLOCKED, f"held the answer back ({reason})", begun=True, verdict=True
            )
        if ending is Ending.FAILED:
            # The server had begun, and it works: it gave the reason.
            self._begun = True
            raise self._failed(FailureKind.UPSTREAM, f"ended the answer early ({reason})", verdict=True)
        if ending is Ending.UNKNOWN:
            yield Anomaly("finish_reason", reason)
        if ending is Ending.NOTHING_FOUND:
            yield NothingFound()
        self._may_go_on = ending is Ending.TOOLS
        self._cut = reason if ending in (Ending.CUT, Ending.UNKNOWN) else ""
        self.complete = True

    def _replace(self, whole: object) -> Iterator[Text | Replacement]:
        if not isinstance(whole, str) or not whole:
            return
        said = self._said.text
        if whole.startswith(said):
            yield from self._append(whole[len(said) :])
            return
        shown = self.text
        self._begin()
        for _ in self._append(whole):
            pass
        if self.text != shown:
            yield Replacement(self.text) if shown else Text(self.text)

    def _think(self, delta: object) -> Iterator[Reasoning]:
        if isinstance(delta, str) and (words := self._thinking.feed(delta)):
            yield Reasoning(words)

    def _failed(self, kind: FailureKind, what: str, said: str = "", *, verdict: bool = False) -> BackendError:
        """The error of a failure inside the stream: with text out it is an interruption, or a timeout."""
        if self._spoken and kind not in _OWN_SENTENCE:
            kind = FailureKind.INTERRUPTED
        return self._failures.error(kind, what, said, begun=self._begun or self._spoken, verdict=verdict)


def usage(counts: object, prompt: str, completion: str) -> Iterator[Usage]:
    """The tokens that the members `prompt` and `completion` of an object count; nothing without them."""
    found = object_of(counts)
    used = Usage(_count(found.get(prompt)), _count(found.get(completion)))
    if used != Usage():
        yield used


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
