"""A host that runs the small functions beside this file, and remembers what it told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulators.faults import FaultBoard
from emulators.function_compute import FunctionComputeHost, HostEvent
from emulators.function_compute.runtimes.programs import beside

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS = Path(__file__).parent / "functions" / "s.yaml"
ACCOUNT_ID = "1234567890123456"
KEY_ID, SECRET = "LTAI-local", "local-secret"

#: A wait that takes longer will never end.
PATIENCE_SECONDS = 120


class Watched:
    """A host together with what it told."""

    def __init__(self, state: Path, *, idle_seconds: float = 300.0) -> None:
        self.state = state
        self.faults = FaultBoard()
        self.lines: list[tuple[str, str, str]] = []
        self.events: list[HostEvent] = []
        self._changed = asyncio.Event()
        self.host = FunctionComputeHost(
            s_yaml=FUNCTIONS,
            env={"STATE": str(state)},
            credentials={KEY_ID: SECRET, "LTAI-other": "other-secret"},
            account_id=ACCOUNT_ID,
            faults=self.faults,
            on_log=self._on_log,
            on_event=self._on_event,
            programs=beside(FUNCTIONS, ("/layer/python",)),
            idle_seconds=idle_seconds,
            retry_delay=lambda _: 0.0,
        )

    async def until(self, condition: Callable[[], Any]) -> None:
        """Return once the condition holds; asked again whenever the host tells something."""
        while not condition():
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), PATIENCE_SECONDS)

    async def printed(self, text: str) -> None:
        """Return once a function has printed a line with this text."""
        await self.until(lambda: any(text in line for _, _, line in self.lines))

    def kinds(self) -> list[str]:
        """What happened, in order."""
        return [event.kind for event in self.events]

    def remembered(self, function: str) -> list[str]:
        """The events that `index.remember` wrote down."""
        path = self.state / function
        return path.read_text().splitlines() if path.exists() else []

    async def ask(self, function: str, payload: bytes = b"") -> Any:
        """Invoke and read the JSON answer."""
        return json.loads((await self.host.invoke(function, payload)).payload)

    def _on_log(self, function: str, instance_id: str, line: str) -> None:
        self.lines.append((function, instance_id, line))
        self._changed.set()

    def _on_event(self, event: HostEvent) -> None:
        self.events.append(event)
        self._changed.set()
