"""Runs under chance: deliveries that are doubled, killed and tried again, and a queue that refuses at times.

Function Compute as it is documented: each job is delivered at least once, tried three times, then given up.
Whatever happens, no two instances ask side by side, a question is asked again only for a death, and the
run that is kept has each question once.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import msgspec
import pytest

from rag_on_dingtalk.errors import BotError, QueueError
from rag_on_dingtalk.knowledge.evaluation_work import AT_ONCE, QUEUED_MS
from rag_on_dingtalk.models.jobs import EvaluationSlice
from tests.skipping_loop import skipping
from tests.unit.worker.evaluating.running import BOT, Running

ASKS = tuple(f"问题{number}" for number in range(15))
_ATTEMPTS, _MOST_DEATHS = 3, 6


class Chance:
    """Function Compute around one run; the same seed does the same."""

    def __init__(self, one: Running, seed: int) -> None:
        self._one = one
        self._draw = random.Random(seed)  # noqa: S311 - a schedule
        self._going: set[asyncio.Task[None]] = set()
        self.deaths = 0
        one.worker.queue = self.queue

    async def queue(self, job: object, seconds: int = 0) -> None:
        """Take a job: mostly once, at times twice; or not, and then with or without saying so rightly."""
        assert isinstance(job, EvaluationSlice)
        assert seconds == 0
        taken = self._draw.random()
        if taken > 0.1:
            for _ in range(2 if taken > 0.7 else 1):
                self._begin(job)
        if taken < 0.2:
            raise QueueError("Function Compute did not answer.")

    def _begin(self, job: EvaluationSlice) -> None:
        task = asyncio.ensure_future(self._delivered(job))
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def idle(self) -> None:
        """Nothing is delivered any more."""
        while self._going:
            await asyncio.gather(*self._going)

    async def _delivered(self, job: EvaluationSlice) -> None:
        for _ in range(_ATTEMPTS):
            await asyncio.sleep(self._draw.uniform(0, 20))
            if await self._attempt(job):
                return
        with suppress(BotError):
            await self._one.give_up(job)

    async def _attempt(self, job: EvaluationSlice) -> bool:
        task = asyncio.ensure_future(self._one.deliver(job))
        if self.deaths < _MOST_DEATHS and self._draw.random() < 0.5:
            done, _ = await asyncio.wait((task,), timeout=self._draw.uniform(0, 200))
            if not done:
                self.deaths += 1
                task.cancel()
        try:
            await task
        except (BotError, asyncio.CancelledError):
            return False
        return True


async def go_on(one: Running, chance: Chance) -> None:
    """As the console does, when a run has failed or no instance asks any more."""
    work = await one.work()
    assert work.begins_anew(one.worker.now_ms), work
    now = msgspec.structs.replace(
        work,
        state="running",
        number=work.number + 1,
        owner="",
        until_ms=one.worker.now_ms + QUEUED_MS,
    )
    assert await one.rows.change(BOT, {**now.mark, "reason": ""}, same={**work.mark})
    with suppress(QueueError):
        await chance.queue(EvaluationSlice(BOT, now.run, now.number))


@pytest.mark.parametrize("seed", range(40))
@skipping
async def test_each_question_is_in_the_run_once_whatever_is_doubled_killed_or_refused(seed: int) -> None:
    async with Running().started() as one:
        one.backend.seconds = random.Random(seed).uniform(5, 70)  # noqa: S311 - a schedule
        chance = Chance(one, seed)
        job = await one.begin(*ASKS)
        with suppress(QueueError):
            await chance.queue(job)
        for _ in range(12):
            await chance.idle()
            if (await one.work()).state == "done":
                break
            # Longer than the queue keeps a job: the page says that it broke off.
            await asyncio.sleep(QUEUED_MS / 1000 + 60)
            await go_on(one, chance)

        (run,) = await one.kept()
        assert (run.routes[0].asked, run.routes[0].passed) == (len(ASKS), len(ASKS))
        assert set(one.backend.asked) == set(ASKS)
        assert len(one.backend.asked) <= len(ASKS) + AT_ONCE * chance.deaths
        assert one.backend.most_in_flight <= AT_ONCE
