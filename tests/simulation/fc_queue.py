"""Function Compute's queue in front of instances in the test's own process, in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from rag_on_dingtalk.backends.base import Ask
    from rag_on_dingtalk.models.question import Question
    from tests.in_process import Worker


class SlowBackend:
    """Every answer takes as long.

    most: answers at a time, at the highest.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at_a_time = self.most = 0

    async def ask(self, _ask: Ask) -> AsyncGenerator[Text, None]:
        self.at_a_time += 1
        self.most = max(self.most, self.at_a_time)
        try:
            await asyncio.sleep(self.seconds)
            yield Text("五天。")
        finally:
            self.at_a_time -= 1

    async def stop(self, _ask: Ask, _task_id: str) -> None:
        """It ends by itself."""

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """Nothing is learned from it."""

    async def probe(self) -> tuple[Any, ...]:
        return ()


class Queue:
    """Serves jobs in order; each instance takes `slots` of them at a time.

    took: by turn, the seconds from the question to its answer.
    """

    def __init__(self, instances: Sequence[Worker], *, slots: int) -> None:
        self.instances = instances
        self.took: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self._questions: dict[str, Question] = {}
        self._free = asyncio.Semaphore(slots * len(instances))
        self._running = [0] * len(instances)
        self._jobs: list[asyncio.Task[None]] = []
        for worker in instances:
            worker.hand_over = self  # type: ignore[assignment]  # the same protocol

    def ask(self, question: Question) -> None:
        """As the callback does."""
        self._asked[question.turn_id] = asyncio.get_running_loop().time()
        self._questions[question.turn_id] = question
        self._begin(question, 0)

    async def later(self, question: Question, seconds: int) -> bool:
        """As `HandOver.later`."""
        self._begin(question, seconds)
        return True

    async def now(self, turn_id: str) -> None:
        """As `HandOver.now`."""
        self._begin(self._questions[turn_id], 0)

    async def idle(self) -> None:
        """Return when nothing is queued or delayed."""
        while self._jobs:
            jobs, self._jobs = self._jobs, []
            await asyncio.gather(*jobs)

    def _begin(self, question: Question, seconds: float) -> None:
        self._jobs.append(asyncio.create_task(self._deliver(question, seconds)))

    async def _deliver(self, question: Question, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._free:
            number = self._running.index(min(self._running))
            self._running[number] += 1
            worker = self.instances[number]
            try:
                result = await worker.dispatcher.dispatch(question, worker.invocation())
            finally:
                self._running[number] -= 1
        if result == "answered":
            now = asyncio.get_running_loop().time()
            self.took[question.turn_id] = now - self._asked[question.turn_id]
