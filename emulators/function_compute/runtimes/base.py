"""What an instance needs from a runtime, whichever kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emulators.function_compute.invocation import Invocation, Outcome
    from emulators.function_compute.runtimes.processes import ChildProcess


class RuntimeLostError(ConnectionError):
    """Raised when the runtime's process went away in the middle of a request."""


class NotStartedError(RuntimeError):
    """Raised when a runtime's process does not come up; the message says why."""


class Runtime(Protocol):
    """A started process that takes requests, in the way of its kind."""

    process: ChildProcess

    async def exchange(self, invocation: Invocation) -> Outcome:
        """Hand over one invocation and wait for its answer, however long it takes.

        Raises:
            RuntimeLostError: the process went away.
        """
        ...

    async def close(self) -> None:
        """The process has ended: let go of what was held for it, and wait for its last log line."""
        ...


if TYPE_CHECKING:
    #: Starts the process of a new instance, given the instance's id. Raises NotStartedError.
    Launch = Callable[[str], Awaitable[Runtime]]
