"""What is killed or frozen as a whole, and the callbacks that belong to it."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

#: Whose code is running; the world's own code belongs to no process.
PROCESS: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)


class Process:
    """What is killed or frozen as a whole: one instance of a function.

    at_end: called in the world when it is killed.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.frozen = False
        self.killed_at: float | None = None
        self.frozen_spans: list[tuple[float, float]] = []
        self.parked: list[Handle] = []
        self.at_end: list[Callable[[], None]] = []

    @property
    def thaws_at(self) -> float:
        """When the freeze ends, or the last one ended."""
        return self.frozen_spans[-1][1] if self.frozen_spans else 0.0


class Handle:
    """A callback that was scheduled; the interface of asyncio's own handles."""

    __slots__ = ("_when", "args", "callback", "context", "dropped", "process")

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: contextvars.Context,
        when: float = 0.0,
    ) -> None:
        self.callback = callback
        self.args = args
        self.context = context
        self.process = context.get(PROCESS)
        self.dropped = False
        self._when = when

    def cancel(self) -> None:
        """Do not run it."""
        self.dropped = True

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self.dropped

    def when(self) -> float:
        """The loop's time at which it is due."""
        return self._when
