"""What the tests of every backend need to know about a product; shapes are recorded, contents made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from rag_on_dingtalk.settings.sections.backends import Timeouts

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend

#: Generous, so that a busy machine fails no test; tests of timeouts bring their own.
PATIENT = Timeouts(connect=10.0, first_byte=10.0, idle=10.0)


class Dialect(Protocol):
    """One product's way of answering.

    cites: its last event names a source.
    """

    key: str
    cites: bool

    def build(self, url: str, http: httpx.AsyncClient, timeouts: Timeouts = PATIENT, **more: Any) -> Backend:
        """more: further settings of the backend."""
        ...

    def text(self, words: str) -> bytes:
        """The event of one piece."""
        ...

    def end(self) -> bytes:
        """The events that say that the answer is whole."""
        ...

    def failure(self, words: str) -> bytes:
        """The event of a failure of the model provider."""
        ...

    def refusal(self, words: str) -> str:
        """The body of an answer with an error status."""
        ...

    def asked(self, body: dict[str, Any]) -> str:
        """The question in a request."""
        ...

    def continues(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        """Whether the second of two requests of a session continues the first, as far as the product can."""
        ...
