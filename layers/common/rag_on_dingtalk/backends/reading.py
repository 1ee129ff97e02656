"""The state of one answer while it is being read; each product adds what its events mean. No I/O."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from rag_on_dingtalk.backends.base import Replacement, Text
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

    text: the answer so far.
    complete: the product has said that the answer is whole; a stream that ends before is an interrupted one.
    """

    def __init__(self, failures: Failures) -> None:
        self.text = ""
        self.complete = False
        self._failures = failures

    @abstractmethod
    def take(self, event: Event) -> Iterator[AnswerPart]:
        """What an event adds to the answer.

        Raises:
            BackendError: the event says that the answer failed.
        """

    def close(self, loss: Loss = ENDED_EARLY) -> None:
        """Judge the answer when no event follows.

        loss: why none follows, if the connection did not end by itself.

        Raises:
            BackendError: the answer is not whole, or blank.
        """
        if not self.complete:
            raise self._failed(*loss)
        # What becomes of the connection after the product's last word does not matter any more.
        if not self._spoken:
            raise self._failures.error(FailureKind.EMPTY, "returned an empty answer")

    @property
    def _spoken(self) -> bool:
        return bool(self.text.strip())

    def _append(self, delta: object) -> Iterator[Text]:
        if isinstance(delta, str) and delta:
            self.text += delta
            yield Text(delta)

    def _replace(self, whole: object) -> Iterator[Text | Replacement]:
        if not isinstance(whole, str) or not whole or whole == self.text:
            return
        first = not self.text
        self.text = whole
        yield Text(whole) if first else Replacement(whole)

    def _failed(self, kind: FailureKind, what: str, said: str = "") -> BackendError:
        """The error of a failure inside the stream: with text out it is an interruption, or a timeout."""
        if self._spoken and kind is not FailureKind.TIMEOUT:
            kind = FailureKind.INTERRUPTED
        return self._failures.error(kind, what, said)
