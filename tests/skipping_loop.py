"""An event loop that waits for nothing: when only timers are left, its time jumps to the next one.

For tests in which leases, retries and deadlines pass without a second of real time. It does no real I/O; for
work in a thread it waits, because the time of a thread is real.
"""

from __future__ import annotations

import asyncio
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

P = ParamSpec("P")


class SkippingLoop(asyncio.SelectorEventLoop):
    """Its `time()` begins at 0 and moves only when nothing else is left to do."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._in_threads = 0
        super().__init__()

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._skipped

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """No time is skipped until `func` has returned."""
        self._in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._returned)
        return future

    def _returned(self, _: asyncio.Future[Any]) -> None:
        self._in_threads -= 1

    def _run_once(self) -> None:
        if not self._in_threads and not self._ready and self._scheduled:  # type: ignore[attr-defined]  # asyncio's own, as in its tests
            self._skipped = max(self._skipped, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def skipping(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test in a loop of its own that skips."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        loop = SkippingLoop()
        try:
            loop.run_until_complete(test(*args, **kwargs))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    return run
