"""The faults this server honours, and the answer stream that suffers them."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from .answerers import ProviderError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from local.faults import FaultBoard

ERROR_500 = "knowledge.error_500"
REFUSE = "knowledge.refuse"
EMPTY = "knowledge.empty"
BREAK = "knowledge.break"
ABORT = "knowledge.abort"
BUSY = "knowledge.busy"
STALL = "knowledge.stall"
SLOW = "knowledge.slow"

_HELP = {
    ERROR_500: "A question is answered with HTTP 500 and an abort.",
    REFUSE: "An API call's connection is dropped before any response.",
    EMPTY: "The model answers with nothing.",
    BREAK: "The connection is dropped midway through an answer; value: after how many pieces (5).",
    ABORT: "The model fails midway (abort event, then a normal end); value: after how many pieces (5).",
    BUSY: "The model's rate limit is reached.",
    STALL: "Nothing comes before the first piece for a while; value: seconds (30).",
    SLOW: "The pieces come slowly; value: seconds between two (1).",
}

RATE_LIMITED = "429 Rate limit reached for requests. Please try again later."
PREMATURE_CLOSE = "Premature close"


class BrokenConnectionError(Exception):
    """Raised in an answer stream to have its connection dropped."""


def declare_faults(faults: FaultBoard) -> None:
    """Make the faults known to the board."""
    for name, help_text in _HELP.items():
        faults.declare(name, help_text)


async def suffering(
    pieces: AsyncGenerator[str, None], faults: FaultBoard, sleep: Callable[[float], Awaitable[None]]
) -> AsyncGenerator[str, None]:
    """The pieces of an answer with whatever faults strike it; raises ProviderError, BrokenConnectionError."""
    if faults.strikes(BUSY):
        raise ProviderError(RATE_LIMITED)
    if faults.strikes(EMPTY):
        return
    stall = _number(STALL, faults.take(STALL), 30)
    slow = _number(SLOW, faults.take(SLOW), 1)
    failures = (
        (_number(BREAK, faults.take(BREAK), 5), BrokenConnectionError()),
        (_number(ABORT, faults.take(ABORT), 5), ProviderError(PREMATURE_CLOSE)),
    )
    if stall is not None:
        await sleep(stall)
    sent = 0
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece
            sent += 1
            for after, failure in failures:
                if after is not None and sent >= after:
                    raise failure
            if slow is not None:
                await sleep(slow)
    # An answer shorter than the fault waited for.
    for after, failure in failures:
        if after is not None:
            raise failure


def _number(fault: str, value: str | None, otherwise: float) -> float | None:
    if value is None:
        return None
    try:
        return float(value or otherwise)
    except ValueError:
        raise ProviderError(
            f"The fault {fault} was given {value!r}. Give it a number, or no value."
        ) from None
