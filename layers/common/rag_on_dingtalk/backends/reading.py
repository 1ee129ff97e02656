"""The state of one answer while it is being read; each product adds what its events mean. No I/O."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from rag_on_dingtalk.backends.base import NothingFound, Reasoning, Replacement, Text, Usage
from rag_on_dingtalk.backends.fragments import Mark, Rewriter
from rag_on_dingtalk.backends.reply import object_of
from rag_on_dingtalk.backends.thoughts import Thoughts
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.failures import Failures
    from rag_on_dingtalk.backends.sse import Event
    from rag_on_dingtalk.errors import BackendError


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
    complete: the product has said that the answer is whole; a stream that ends before is an interrupted one.
    """

    def __init__(
        self,
        failures: Failures,
        *,
        no_answer: tuple[str, ...] = (),
        rewritten: tuple[Mark, str] | None = None,
    ) -> None:
        self.complete = False
        self._failures = failures
        self._no_answer = no_answer
        self._rewritten = rewritten
        self._begin()

    @abstractmethod
    def take(self, event: Event) -> Iterator[AnswerPart]:
        """What an event adds to the answer.

        Raises:
            BackendError: the event says that the answer failed.
        """

    @property
    def text(self) -> str:
        """The answer so far, as a person sees it."""
        return self._thoughts.text

    def close(self, loss: Loss = ENDED_EARLY) -> Iterator[AnswerPart]:
        """Judge the answer when no event follows; gives out what was held back.

        loss: why none follows, if the connection did not end by itself.

        Raises:
            BackendError: the answer is not whole, or blank.
        """
        if self._rewriter is not None:
            yield from self._thoughts.feed(self._rewriter.end())
        yield from self._thoughts.end()
        # What becomes of the connection after the product's last word does not matter any more.
        if not self.complete:
            raise self._failed(*loss)
        if not self._spoken:
            raise self._failures.error(FailureKind.EMPTY, "returned an empty answer")
        if self._no_answer and self.text.lstrip().startswith(self._no_answer):
            yield NothingFound()

    @property
    def _spoken(self) -> bool:
        return bool(self.text.strip())

    def _begin(self) -> None:
        self._said = ""
        self._thoughts = Thoughts()
        self._rewriter = Rewriter(*self._rewritten) if self._rewritten else None

    def _append(self, delta: object) -> Iterator[Text | Reasoning | Replacement]:
        if isinstance(delta, str) and delta:
            self._said += delta
            yield from self._thoughts.feed(self._rewriter.feed(delta) if self._rewriter else delta)

    def _replace(self, whole: object) -> Iterator[Text | Reasoning | Replacement]:
        if not isinstance(whole, str) or not whole:
            return
        if whole.startswith(self._said):
            yield from self._append(whole[len(self._said) :])
            return
        shown = self.text
        self._begin()
        # The thoughts have been told before.
        for _ in self._append(whole):
            pass
        if self.text != shown:
            yield Replacement(self.text) if shown else Text(self.text)

    def _think(self, delta: object) -> Iterator[Reasoning]:
        if isinstance(delta, str) and delta:
            yield Reasoning(delta)

    def _failed(self, kind: FailureKind, what: str, said: str = "") -> BackendError:
        """The error of a failure inside the stream: with text out it is an interruption, or a timeout."""
        if self._spoken and kind is not FailureKind.TIMEOUT:
            kind = FailureKind.INTERRUPTED
        return self._failures.error(kind, what, said)


def usage(counts: object, prompt: str, completion: str) -> Iterator[Usage]:
    """The tokens that the members `prompt` and `completion` of an object count; nothing without them."""
    found = object_of(counts)
    used = Usage(_count(found.get(prompt)), _count(found.get(completion)))
    if used != Usage():
        yield used


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
