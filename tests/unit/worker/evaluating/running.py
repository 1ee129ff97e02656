"""A run of golden questions over a worker in memory: a backend that can be held, a queue that is a list."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import BackendError, FailureKind, QueueError
from rag_on_dingtalk.evaluation.lines import read_lines
from rag_on_dingtalk.knowledge.evaluation_runs import read_run
from rag_on_dingtalk.knowledge.evaluation_work import QUEUED_MS, EvaluationWork, read_work, work_columns
from rag_on_dingtalk.models.jobs import EvaluationSlice
from rag_on_dingtalk.storage.knowledge.evaluation_work import EvaluationWorkRows
from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations
from tests.builders import a_bot
from tests.in_process import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from rag_on_dingtalk.backends.base import AnswerPart, Ask
    from rag_on_dingtalk.knowledge.evaluation_runs import EvaluationRun
    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.rows.client import Columns

BOT = "handbook"


class HeldBackend:
    """Repeats each question as its answer, after `seconds`; or fails as `failure` says, with `words`.

    unreadable: a question for which it says no text.
    held: questions that wait for `let_go`. begun: set when the first of them has come.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.in_flight = self.most_in_flight = 0
        self.failure: FailureKind | None = None
        self.words = "no connection"
        self.seconds = 0.0
        self.unreadable = ""
        self.held: frozenset[str] = frozenset()
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        self.asked.append(ask.text)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            async for part in self._answer(ask):
                yield part
        finally:
            self.in_flight -= 1

    async def _answer(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        if ask.text in self.held:
            self.begun.set()
            await self.let_go.wait()
        await asyncio.sleep(self.seconds)
        if self.failure is not None:
            raise BackendError(self.failure, self.words)
        unreadable: Any = 7
        yield Text(unreadable if ask.text == self.unreadable else f"答：{ask.text}")

    async def stop(self, *_: Any) -> None:
        """Nothing goes on behind it."""

    async def rate(self, *_: Any, **__: Any) -> None:
        """Nothing is learned from it."""

    async def probe(self) -> tuple[Any, ...]:
        return ()


class Running:
    """One bot's run, and the instances that ask it.

    queue_answers: what the queue waits for when it has taken a job; None: it answers at once.
    """

    def __init__(self, bot: Bot | None = None) -> None:
        self.backend = HeldBackend()
        backend: Any = self.backend
        self.worker = Worker(bot or a_bot(), own_backend=backend)
        self.queued: list[EvaluationSlice] = []
        self.queue_takes = True
        self.queue_took = asyncio.Event()
        self.queue_answers: asyncio.Event | None = None
        self.worker.queue = self._queue
        rows: Any = self.worker.rows
        self.rows = EvaluationWorkRows(rows)
        self._kept = Evaluations(rows)

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Running]:
        async with self.worker.started():
            yield self

    async def begin(
        self, *asks: str, run: str = "r1", routes: tuple[str, ...] = ("everyone",), number: int = 0
    ) -> EvaluationSlice:
        """As the console does; the first job."""
        text = "\n".join(f"{ask} | 答" for ask in asks)
        now_ms = self.worker.now_ms
        work = EvaluationWork(
            run=run,
            state="running",
            routes=routes,
            name="请假",
            text=text,
            total=len(read_lines(text)[0]) * len(routes),
            number=number,
            until_ms=now_ms + QUEUED_MS,
            began_ms=now_ms,
        )
        before = await self.work_or_none()
        assert await self.rows.begin(
            BOT, {**work_columns(work)}, instead_of={} if before is None else before.mark
        )
        return EvaluationSlice(BOT, run, number)

    async def deliver(self, job: EvaluationSlice, *, seconds: float = 300.0) -> str:
        """One invocation of async_answer."""
        return await self.worker.dispatcher.dispatch(job, self.worker.invocation(seconds))

    async def give_up(self, job: EvaluationSlice) -> str:
        """One invocation of failed_answer."""
        invocation = self.worker.invocation(120)
        return await self.worker.dispatcher.give_up(job, invocation, condition="RetriesExhausted")

    async def stop(self) -> None:
        """As the console does."""
        change: Columns = {"state": "stopped"}
        assert await self.rows.change(BOT, change, same={"state": "running"})

    async def work(self) -> EvaluationWork:
        found = await self.work_or_none()
        assert found is not None
        return found

    async def work_or_none(self) -> EvaluationWork | None:
        return read_work(await self.rows.all(BOT))

    async def kept(self) -> list[EvaluationRun]:
        found = [read_run(columns) for columns in await self._kept.last(BOT, most=10)]
        return [run for run in found if run is not None]

    async def _queue(self, job: Job, seconds: int = 0) -> None:
        if not self.queue_takes:
            raise QueueError("Function Compute answered 500 to InvokeFunction.")
        assert isinstance(job, EvaluationSlice)
        assert seconds == 0
        self.queued.append(job)
        self.queue_took.set()
        if self.queue_answers is not None:
            await self.queue_answers.wait()
