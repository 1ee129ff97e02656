"""What everything in a schedule shares: the loop, the dice, the trace, and what is triggered by an event."""

from __future__ import annotations

import contextvars
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from devserver.simulation.books.trace import Event
from devserver.simulation.scheduler.loop import SimLoop
from devserver.simulation.scheduler.process import PROCESS, Process

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Role = Literal["answer", "failed_answer", "housekeeping"]


@dataclass(frozen=True, eq=False)
class Work:
    """One invocation, as the services see the calls it makes.

    owner: what it calls itself in Tablestore. turn_id: of its question; empty for housekeeping.
    attempt: 1 for the first try; second: at-least-once delivered the message once more.
    late_card: it does not answer the question, it looks for a card that may have come late.
    """

    owner: str
    role: Role
    process: Process
    turn_id: str = ""
    attempt: int = 1
    second: bool = False
    late_card: bool = False


WORK: contextvars.ContextVar[Work | None] = contextvars.ContextVar("work", default=None)

#: In it runs what belongs to no instance.
WORLD = contextvars.Context()


class World:
    """One schedule's surroundings.

    on_event: told of every event as it happens.
    """

    def __init__(self, random: Random, *, on_event: Callable[[Event, Process | None], None]) -> None:
        self.random = random
        self.loop = SimLoop(random)  # type: ignore[abstract]  # sockets and threads have no place in it
        self.events: list[Event] = []
        self._on_event = on_event
        self._over = False

    def note(self, kind: str, turn_id: str = "", detail: str = "", *, process: Process | None = None) -> None:
        """Something happened."""
        if self._over:
            return
        event = Event(self.loop.time(), process.name if process is not None else "", kind, turn_id, detail)
        self.events.append(event)
        self._on_event(event, process)

    def later(self, seconds: float, callback: Callable[..., object], *args: object) -> None:
        """Have the world do something after `seconds`, even if the caller's process is gone."""
        self.loop.call_later(seconds, callback, *args, context=WORLD)

    def uniform(self, low: float, high: float) -> float:
        """A number between the two."""
        return low + self.random.random() * (high - low)

    def close(self) -> None:
        """The schedule is over."""
        self._over = True
        self.loop.close()


def here() -> tuple[Process | None, Work | None]:
    """Whose code is running."""
    return PROCESS.get(), WORK.get()
