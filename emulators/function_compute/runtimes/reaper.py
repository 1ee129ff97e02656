"""A program that outlives the host by a moment: it kills what the host leaves behind. Standard library only.

It reads `+<process group>` and `-<process group>` lines on standard input. When the input ends, the host is
gone, however it went (also by kill -9), and every group still listed is killed. A frozen instance cannot
notice the end of its parent by itself; PR_SET_PDEATHSIG would do, but on Linux only, sparing grandchildren.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TextIO


def reap(orders: TextIO) -> None:
    """Follow the host's orders to their end, then kill what is left."""
    groups: set[int] = set()
    for order in orders:
        group = int(order[1:])
        if order.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    reap(sys.stdin)
