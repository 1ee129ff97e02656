"""How a program of the local system ends: by Ctrl-C or by SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def end_on_signals() -> list[signal.Signals]:
    """Cancel the current task at the first SIGINT or SIGTERM, which is then in the list."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    received: list[signal.Signals] = []

    def end(which: signal.Signals) -> None:
        received.append(which)
        # A second signal ends the program at once.
        for handled in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(handled)
        if task is not None:
            task.cancel()

    for which in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(which, end, which)
    return received


def exit_status(ended_by: Sequence[signal.Signals]) -> int:
    """130 after Ctrl-C, as a shell has it; 0 after SIGTERM."""
    return INTERRUPTED if signal.SIGINT in ended_by else 0
