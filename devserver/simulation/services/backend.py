"""A knowledge base in memory, behind the library's real `Backend` seam."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from devserver.simulation.world import here
from rag_on_dingtalk.backends.base import Identifiers, Text
from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from devserver.simulation.plan.draw import PlannedQuestion
    from devserver.simulation.world import World
    from rag_on_dingtalk.backends.base import AnswerPart, Ask, Finding

Manner = Literal["answer", "fail", "break", "stall"]
#: A stall is longer than this backend's patience would be.
_STALL_SECONDS = 60.0


#: Of a long answer: three of them are more than a message takes.
_PARAGRAPHS = 12


def piece_of(planned: PlannedQuestion, number: int) -> str:
    """One piece of a planned answer."""
    words = f"答{planned.token}之{number}。"
    return f"{words * _PARAGRAPHS * 10}\n\n" * 2 if planned.long else words


class SimBackend:
    """Answers by plan.

    asked: by turn id. name: tells it from the bot's others.
    """

    def __init__(self, world: World, asked: Mapping[str, PlannedQuestion], name: str = "") -> None:
        self._name = name
        self._world = world
        self._asked = asked

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """As `Backend.ask`."""
        world, (process, _) = self._world, here()
        planned = self._asked[ask.trace_id]
        world.note("asked", ask.trace_id, self._name, process=process)
        try:
            if planned.manner == "fail":
                await asyncio.sleep(planned.pauses[0])
                raise BackendError(FailureKind.UPSTREAM, "the simulated backend failed")
            yield Identifiers(message_id=f"m-{planned.token}")
            for number, pause in enumerate(planned.pauses):
                await asyncio.sleep(pause)
                world.note("piece", ask.trace_id, process=process)
                yield Text(piece_of(planned, number))
                if number == 1 and planned.manner == "break":
                    raise BackendError(FailureKind.INTERRUPTED, "the simulated backend broke off")
                if number == 1 and planned.manner == "stall":
                    await asyncio.sleep(_STALL_SECONDS)
        finally:
            world.note("asked.over", ask.trace_id, process=process)

    async def stop(self, ask: Ask, task_id: str) -> None:
        """There is nothing to stop."""

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """Nothing is kept."""

    async def probe(self) -> tuple[Finding, ...]:
        """Nothing is examined."""
        return ()
