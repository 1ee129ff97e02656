"""What instances print: chunks → lines, and the last lines of a request."""

from __future__ import annotations

from collections import deque

#: One log entry; a longer line is cut there.
MAX_LINE_BYTES = 32 * 1024

#: What X-Fc-Log-Result holds at most.
MAX_TAIL_BYTES = 4 * 1024

_MAX_TAIL_LINES = 200
_MAX_INSTANCES = 100


class LineSplitter:
    """Chunks of a process's output → lines of text."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """The lines that `chunk` completes, without their ends."""
        *complete, self._rest = (self._rest + chunk).split(b"\n")
        while len(self._rest) > MAX_LINE_BYTES:
            complete.append(self._rest[:MAX_LINE_BYTES])
            self._rest = self._rest[MAX_LINE_BYTES:]
        return [_text(line) for line in complete]

    def finish(self) -> list[str]:
        """The last line, when the output ended without a line end."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


def _text(line: bytes) -> str:
    return line[:MAX_LINE_BYTES].decode("utf-8", "replace").rstrip("\r")


class LogTails:
    """The latest lines of the latest instances."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[str]] = {}

    def add(self, instance_id: str, line: str) -> None:
        """Remember a line."""
        if instance_id not in self._lines and len(self._lines) >= _MAX_INSTANCES:
            del self._lines[next(iter(self._lines))]
        self._lines.setdefault(instance_id, deque(maxlen=_MAX_TAIL_LINES)).append(line)

    def tail(self, instance_id: str, request_id: str) -> bytes:
        """What the instance printed since it took the request, at most the last 4 KB."""
        lines = list(self._lines.get(instance_id, ()))
        starts = [n for n, line in enumerate(lines) if "Start" in line and request_id in line]
        text = "".join(f"{line}\n" for line in lines[starts[-1] if starts else 0 :])
        return text.encode()[-MAX_TAIL_BYTES:]
