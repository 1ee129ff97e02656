"""Child processes of the host: a process group each, frozen and thawed, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from emulators.function_compute.logs import LineSplitter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_REAPER_PROGRAM = Path(__file__).with_name("reaper.py")

#: How long output may keep coming after a process has ended, in seconds.
_DRAIN_SECONDS = 1.0


class Reaper:
    """The host's side of `reaper.py`."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the program in a session of its own, out of reach of the terminal's Ctrl-C."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_REAPER_PROGRAM)),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """Kill this process group should the host end."""
        self._order(f"+{group}\n")

    def forget(self, group: int) -> None:
        """This process group has ended."""
        self._order(f"-{group}\n")

    async def stop(self) -> None:
        """End the program; groups still watched are killed."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()

    def _order(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(line.encode())


class _LogPipe(asyncio.Protocol):
    """Turns what comes through a pipe into log lines."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._lines = LineSplitter()
        self.closed = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            self._on_line(line)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # A pipe that breaks has ended, too.
        for line in self._lines.finish():
            self._on_line(line)
        self.closed.set_result(None)


class ChildProcess:
    """A running program and everything it started: one process group in a session of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; minus the signal's number when a signal ended it."""
        return self._process.returncode

    async def wait(self) -> int:
        """The return code, once it has ended."""
        return await self._process.wait()

    def send(self, signum: signal.Signals) -> None:
        """Send a signal to the whole group, if it is still there."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)

    def freeze(self) -> None:
        """Stop every thread and process of the group where it is."""
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the group go on."""
        self.send(signal.SIGCONT)

    async def end(self, grace_seconds: float) -> None:
        """Ask it to end, insist after `grace_seconds`; returns when it has ended."""
        if self.returncode is None:
            self.send(signal.SIGTERM)
            # A frozen process acts on SIGTERM only once it runs again.
            self.thaw()
            exited = asyncio.ensure_future(self.wait())
            await asyncio.wait({exited}, timeout=grace_seconds)
            self.send(signal.SIGKILL)
            await exited


async def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    on_line: Callable[[str], None],
    reaper: Reaper,
) -> tuple[ChildProcess, asyncio.Task[None]]:
    """Start a program in a process group of its own.

    on_line: called with each line of its output.

    Returns:
        The process, and a task that ends when nothing of the group is left and its last line has been read.

    Raises:
        OSError: the program cannot be started.
    """
    # A pipe of our own: asyncio's would let wait() hang on a grandchild that keeps standard output open.
    read_end, write_end = os.pipe()
    transport, pipe = await asyncio.get_running_loop().connect_read_pipe(
        lambda: _LogPipe(on_line), os.fdopen(read_end, "rb", buffering=0)
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=write_end,
            stderr=write_end,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    except BaseException:
        transport.close()
        raise
    finally:
        os.close(write_end)
    reaper.watch(process.pid)
    child = ChildProcess(process)

    async def attend() -> None:
        await child.wait()
        child.send(signal.SIGKILL)
        reaper.forget(child.pid)
        await asyncio.wait({pipe.closed}, timeout=_DRAIN_SECONDS)
        transport.close()

    return child, asyncio.create_task(attend())
