"""Work with a companion: two coroutines of which neither goes on without the other."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator

T = TypeVar("T")


@asynccontextmanager
async def beside(companion: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """While the block runs, so does `companion`; it is cancelled when the block is finished.

    Raises:
        Exception: what either raises. The other one has been cancelled, and has ended, by then.
    """
    with _bare_errors():
        async with anyio.create_task_group() as group:
            group.start_soon(companion)
            yield
            group.cancel_scope.cancel()


async def unless(
    stopped: Callable[[], Awaitable[None]], work: Callable[[], Awaitable[T]], *, instead: T
) -> T:
    """What `work` returns, or `instead` as soon as `stopped` is over; the other one is cancelled.

    Raises:
        Exception: what either raises.
    """
    result = instead
    with _bare_errors():
        async with anyio.create_task_group() as group:

            async def _stop() -> None:
                await stopped()
                group.cancel_scope.cancel()

            group.start_soon(_stop)
            result = await work()
            group.cancel_scope.cancel()
    return result


@contextmanager
def _bare_errors() -> Iterator[None]:
    """What a task group raises, without the group around it."""
    try:
        yield
    except BaseException as error:
        bare = _first(error)
        if bare is error:
            raise
        raise bare from None


def _first(error: BaseException) -> BaseException:
    """One exception tells enough here: what the others raised happened while they were being cancelled."""
    # Python 3.10 has exception groups from a backport: told by what they hold rather than by their class.
    while inner := getattr(error, "exceptions", None):
        error = inner[0]
    return error
