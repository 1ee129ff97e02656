"""Killing answers at a certain moment, not after a certain time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from devserver.system import LocalSystem

ANSWERING = "rag-on-dingtalk-async-answer"
#: Seconds; only a test that fails waits so long.
_PATIENCE = 120.0


async def until(holds: Callable[[], bool], what: str) -> None:
    """Return when it holds: a row and a fault have no event of their own."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + _PATIENCE
    while not holds():
        assert loop.time() < ends, f"Not within {_PATIENCE:.0f} s: {what}."
        await asyncio.sleep(0.01)


def column(system: LocalSystem, turn_id: str, name: str) -> object:
    """What the turn's row says, None while there is no row."""
    rows = system.tablestore.rows("turns", 10_000)
    return next((one.get(name) for one in rows if one["turn_id"] == turn_id), None)


async def card_recorded(system: LocalSystem, turn_id: str) -> None:
    """A card is relied on only once its delivery is recorded."""
    await until(lambda: column(system, turn_id, "card") == "card", "the card's delivery is recorded")


async def kill_every_attempt(system: LocalSystem, turn_id: str) -> None:
    """The first attempt dies once its card is recorded, both retries soon after they begin."""
    await card_recorded(system, turn_id)
    system.faults.switch_on("function_compute.kill_during", value="0.1", count=2)
    system.functions.kill_instance(ANSWERING)


class Stalled:
    """The next answer has no words until its instance is killed; made before the question is asked."""

    def __init__(self, system: LocalSystem) -> None:
        self._system = system
        self._before = self._struck()
        system.faults.switch_on("knowledge.stall", value="300", count=1)

    def _struck(self) -> int:
        return self._system.faults.struck().get("knowledge.stall", 0)

    async def begun(self, turn_id: str) -> None:
        """Its card is recorded, and the backend was asked."""
        await card_recorded(self._system, turn_id)
        await until(lambda: self._struck() != self._before, "the backend was asked")

    async def kill(self, turn_id: str) -> None:
        """Kill it once it has begun: its retry is answered on the same card."""
        await self.begun(turn_id)
        self._system.functions.kill_instance(ANSWERING)
