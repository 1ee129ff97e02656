"""What housekeeping does beside giving up dead questions: task after task, none of which stops the others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.worker.invocation import Invocation

    #: Looks after one bot; the moment is the round's, in milliseconds since the epoch.
    Task = Callable[[str, Bot, int], Awaitable[object]]
    #: The same, for what sends messages that are turns of their own.
    SendingTask = Callable[[Invocation, str, Bot, int], Awaitable[object]]

#: A task is not begun when less than this is left of the invocation.
_LEAST_MS = 10_000


class Rounds:
    """The tasks of a round.

    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        bots: Mapping[str, Bot],
        tasks: Sequence[Task],
        sending: Sequence[SendingTask] = (),
        *,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._bots = bots
        self._tasks = tasks
        self._sending = sending
        self._clock = clock
        self._log = log

    async def make(self, invocation: Invocation) -> None:
        """One round: every task for every bot. Never raises."""
        for name, bot in self._bots.items():
            tasks: tuple[Task, ...] = (*self._tasks, *(partial(task, invocation) for task in self._sending))
            for task in tasks:
                now_ms = self._clock()
                if now_ms + _LEAST_MS > invocation.deadline_ms:
                    self._log("round_unfinished", level="WARNING", bot=name)
                    return
                try:
                    await task(name, bot, now_ms)
                except Exception as error:  # noqa: BLE001 - one task must not stop the others
                    kind = f"{type(error).__name__}: {error}"
                    self._log("round_task_failed", level="WARNING", bot=name, error=kind)
