"""A backend behind its circuit breaker: while it keeps failing, people are told at once."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import NothingFound, Replacement, Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.resilience.circuit import Policy
from rag_on_dingtalk.storage.shared.breakers import Breaker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from rag_on_dingtalk.backends.base import AnswerPart, Ask, Backend, Finding
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.sections.backends import Timeouts
    from rag_on_dingtalk.storage.rows.client import Rows

#: Only these failures count as an outage, and not where the backend itself has decided so (`verdict`). Any
#: other failure shows that it is there, and its sentence says more than a pause.
OUTAGE_KINDS = frozenset(
    (FailureKind.UNREACHABLE, FailureKind.TIMEOUT, FailureKind.UPSTREAM, FailureKind.BUSY)
)

#: Added to the backend's `first_byte`, for what a probe does before it asks.
_PROBE_MARGIN_SECONDS = 30.0


class GuardedBackend:
    """Asks `backend` unless its circuit is open, and reports the outcome to the breaker.

    A question that is cancelled before the backend's first word says nothing about the backend.
    """

    def __init__(self, backend: Backend, breaker: Breaker) -> None:
        self._backend = backend
        self._breaker = breaker

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """As the backend's own.

        Raises:
            BackendError: also PAUSED, at once, while the circuit is open.
        """
        permit = await self._breaker.admit()
        if permit is None:
            raise BackendError(
                FailureKind.PAUSED,
                f"The backend was not asked, because it kept failing ({self._breaker.circuit.cause}). "
                "It is tried again by itself; look into its log.",
            )
        heard = False
        try:
            async with aclosing(self._backend.ask(ask)) as parts:
                async for part in parts:
                    if not heard and isinstance(part, Text | Replacement | NothingFound):
                        heard = True
                        await self._breaker.heard(permit)
                    yield part
        except BackendError as error:
            if error.kind in OUTAGE_KINDS and not error.verdict:
                await self._breaker.failed(permit, error.kind)
            else:
                await self._breaker.succeeded(permit)
            raise
        await self._breaker.succeeded(permit)

    async def stop(self, ask: Ask, task_id: str) -> None:
        """As the backend's own: an answer that began can be ended, whatever has become of the circuit."""
        await self._backend.stop(ask, task_id)

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """As the backend's own; says nothing about its health."""
        await self._backend.rate(message_id, liked=liked, reason=reason, user=user)

    async def probe(self) -> tuple[Finding, ...]:
        """As the backend's own."""
        return await self._backend.probe()


def guard(
    backend: Backend,
    rows: Rows,
    *,
    name: str,
    timeouts: Timeouts,
    clock: Callable[[], int],
    log: LogLine,
) -> GuardedBackend:
    """A backend behind a breaker of its own.

    name: of the bot. Bots may share a server, but the workspace or app there is one bot's, and fails alone.
    clock: milliseconds since the epoch.
    """
    policy = Policy(probe_ms=int((timeouts.first_byte + _PROBE_MARGIN_SECONDS) * 1000))
    return GuardedBackend(backend, Breaker(rows, name, policy=policy, clock=clock, log=log))
