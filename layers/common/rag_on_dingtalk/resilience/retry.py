"""Trying again after a failure: the one loop, and the pauses between attempts.

The caller gives one function that says what may be tried again, how often, and after which pause. The
callback's reader of secrets (`cloud/kms.py`) has a loop of its own: it is synchronous, ends by a clock, and
imports as little as it can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")
E = TypeVar("E", bound=Exception)


async def retry(
    attempt: Callable[[], Awaitable[T]],
    *,
    on: type[E],
    pause: Callable[[E, int], float | None],
    sleep: Callable[[float], Awaitable[None]],
) -> T:
    """What `attempt` returns; it is called again as long as `pause` gives a number of seconds.

    on: the errors that `pause` is asked about; any other one ends the attempts.
    pause: given the error and how many attempts have failed so far; returns the seconds to wait before the
        next attempt (0: at once), or None when there is none.

    Raises:
        Exception: the last attempt's.

    >>> import asyncio
    >>> answers = [ValueError("busy"), ValueError("busy"), "done"]
    >>> async def attempt():
    ...     answer = answers.pop(0)
    ...     if isinstance(answer, Exception):
    ...         raise answer
    ...     return answer
    >>> waited = []
    >>> async def sleep(seconds):
    ...     waited.append(seconds)
    >>> asyncio.run(
    ...     retry(attempt, on=ValueError, pause=lambda _, failed: step(failed, (0.1, 0.3)), sleep=sleep)
    ... )
    'done'
    >>> waited
    [0.1, 0.3]
    """
    failed = 0
    while True:
        try:
            return await attempt()
        except on as error:
            failed += 1
            seconds = pause(error, failed)
            if seconds is None:
                raise
        # Outside the handler: the error and what its frames hold are free while nothing is done.
        if seconds > 0:
            await sleep(seconds)


def step(failed: int, pauses: Sequence[float]) -> float:
    """The pause after `failed` failures, counted from 1; the last one repeats."""
    return pauses[min(failed, len(pauses)) - 1]
