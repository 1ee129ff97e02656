"""What the person at the terminal is told, out of the log lines. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devserver.wiring.bridging import BRIDGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devserver.system import LogEntry

EXAMPLE = "最新的差旅报销标准是什么？"


class Telling:
    """Sentences about what happens: each kind of it once, and whatever is wrong every time."""

    def __init__(self) -> None:
        self._connected = 0
        self._told: set[str] = set()

    def about(self, entry: LogEntry) -> Iterator[str]:
        """What a log line means for a person; most mean nothing."""
        try:
            line = json.loads(entry.line)
        except ValueError:
            return
        if not isinstance(line, dict):
            return
        if entry.function == BRIDGE:
            yield from self._of_the_bridge(line)
        elif line.get("message") == "answered" and self._first("answered"):
            how = "on a card" if line.get("channel") == "card" else "as a message, without a card"
            yield f"✓ The first answer is out, {how}."

    def _of_the_bridge(self, line: dict[str, Any]) -> Iterator[str]:
        match line.get("message"):
            case "stream_connected":
                self._connected += 1
                if self._connected == 1:
                    yield f"✓ Connected to DingTalk. Write to the robot there, for example: {EXAMPLE}"
            case "stream_refused" | "stream_unreachable":
                yield f"✗ {line.get('error')} Next attempt in {line.get('again_in_seconds')} s."
            case "refused":
                yield f"✗ A push was refused ({line.get('reason')}). Compare bots.yaml with the console."
            case "not_queued":
                yield f"✗ {line.get('error')}"
            case "queued" if "turn_id" in line and "action" not in line and self._first("message"):
                yield "✓ The first message has arrived: the robot is in Stream mode and hears you."
            case "queued" if "action" in line and self._first("click"):
                yield "✓ The first click on a card has arrived."
            case "queued" if "event_id" in line and self._first("event"):
                yield "✓ The first event has arrived."

    def _first(self, what: str) -> bool:
        if what in self._told:
            return False
        self._told.add(what)
        return True
