"""One invocation's part of a run: asks what is not judged yet, a few at a time, and writes each at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import msgspec

from rag_on_dingtalk.clock import beijing_day
from rag_on_dingtalk.errors import BotError, QueueError, StateError
from rag_on_dingtalk.evaluation.asking import Answer, BackendAsker
from rag_on_dingtalk.evaluation.judging import problems
from rag_on_dingtalk.evaluation.keeping import Judged, run_of
from rag_on_dingtalk.evaluation.lines import read_lines
from rag_on_dingtalk.evaluation.running import Result
from rag_on_dingtalk.knowledge.evaluation_runs import run_columns
from rag_on_dingtalk.knowledge.evaluation_work import AT_ONCE, MOST_SLICES, QUEUED_MS, judged_column
from rag_on_dingtalk.models.jobs import EvaluationSlice
from rag_on_dingtalk.resilience.retry import retry, step
from rag_on_dingtalk.safety.dates.hints import with_dates
from rag_on_dingtalk.storage.knowledge.evaluation_work import EvaluationWorkRows
from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.clock import Clock
    from rag_on_dingtalk.evaluation.golden import GoldenQuestion
    from rag_on_dingtalk.knowledge.evaluation_work import EvaluationWork
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import BotRuntime
    from rag_on_dingtalk.storage.rows.client import Columns, Rows
    from rag_on_dingtalk.worker.invocation import Invocation, LeaseTerms

    Next = tuple[int, int, GoldenQuestion]

#: The longest for an answer: as `evaluate` has it.
_SECONDS = 120.0
_PAUSES = (0.5, 2.0)


class NotOursError(Exception):
    """The row is no longer this owner's: the run was stopped, or another invocation has it."""


class Slice:
    """Asks for one owner. queue: as for EvaluationHandler."""

    def __init__(  # noqa: PLR0913 - everything of one invocation
        self,
        bot: str,
        work: EvaluationWork,
        runtime: BotRuntime,
        rows: Rows,
        invocation: Invocation,
        *,
        terms: LeaseTerms,
        queue: Callable[[EvaluationSlice], Awaitable[None]] | None,
        clock: Clock,
        log: LogLine,
    ) -> None:
        self._bot = bot
        self._work = work
        self._runtime = runtime
        self._rows = rows
        self._row = EvaluationWorkRows(rows)
        self._invocation = invocation
        self._terms = terms
        self._queue = queue
        self._clock = clock
        self._log = log
        self._judged: dict[str, Judged] = {}
        self._until_ms = work.until_ms
        self._writing = anyio.Lock()
        self._error: Exception | None = None
        # At least the first half of an invocation asks, however short it is.
        spare = (invocation.closing_ms - invocation.started_ms) / 2000
        self._seconds = max(min(_SECONDS, spare), 1.0)

    async def ask(self) -> str:
        """Ask what the time allows; `done`, `handed over` or `failed`.

        Raises:
            NotOursError: it was stopped, or another invocation has it.
            BotError: Tablestore or the queue could not be reached; nothing that was judged is lost.
        """
        questions, mistakes = read_lines(self._work.text)
        uses = {route.name: route.use for route in self._runtime.settings.all_routes}
        if mistakes or any(route not in uses for route in self._work.routes):
            # Deployed anew meanwhile.
            return await self._fail("settings")
        self._judged = _judged(await self._row.all(self._bot))
        askers = [self._asker(uses[route]) for route in self._work.routes]
        left = [
            (route, number, question)
            for route in range(len(askers))
            for number, question in enumerate(questions)
            if judged_column(route, number) not in self._judged
        ]
        await self._ask_all(left, askers)
        self._log("evaluation_slice", bot=self._bot, done=len(self._judged), total=self._work.total)
        if len(self._judged) < self._work.total:
            return await self._hand_over()
        await self._keep(questions)
        return "done"

    def _asker(self, use: str) -> BackendAsker:
        knowledge, bot = self._runtime.knowledge(use), self._runtime.settings
        today = beijing_day(self._work.began_ms)
        return BackendAsker(
            knowledge.backend,
            knowledge.settings,
            bot,
            seconds=self._seconds,
            explained=(lambda words: with_dates(words, today)) if bot.explain_dates else str,
        )

    async def _ask_all(self, left: list[Next], askers: list[BackendAsker]) -> None:
        waiting = iter(left)
        async with anyio.create_task_group() as tasks:

            async def _asking() -> None:
                for route, number, question in waiting:
                    if self._clock.now_ms() + self._seconds * 1000 > self._invocation.closing_ms:
                        return
                    result = await _judge(askers[route], question)
                    await self._remember(judged_column(route, number), Judged.of(result))

            async def _ending_all(work: Callable[[], Awaitable[None]]) -> None:
                """A failure ends the others, and comes out by itself instead of in a group."""
                try:
                    await work()
                except (BotError, NotOursError) as error:
                    self._error = self._error or error
                    tasks.cancel_scope.cancel()

            tasks.start_soon(_ending_all, self._renew)
            async with anyio.create_task_group() as asking:
                for _ in range(AT_ONCE):
                    asking.start_soon(_ending_all, _asking)
            tasks.cancel_scope.cancel()
        if self._error is not None:
            raise self._error

    async def _renew(self) -> None:
        """Keep the lease while answers take their time, and notice that the run was stopped."""
        while True:
            await self._clock.sleep(self._terms.renew_every_ms / 1000)
            try:
                await self._write({})
            except StateError:
                if self._clock.now_ms() >= self._until_ms - self._terms.margin_ms:
                    raise

    async def _remember(self, column: str, judged: Judged) -> None:
        """Write one, with the number of all; a write of an unknown outcome may be repeated."""
        self._judged[column] = judged

        async def _attempt() -> None:
            await self._write({column: msgspec.json.encode(judged).decode()})

        await retry(
            _attempt,
            on=StateError,
            pause=lambda _, failed: step(failed, _PAUSES) if failed <= len(_PAUSES) else None,
            sleep=self._clock.sleep,
        )

    async def _write(self, columns: Columns) -> None:
        """Change the row, which renews the lease unless the columns say otherwise.

        Raises:
            NotOursError: another owner has it, or it was stopped.
            StateError: Tablestore did not confirm it.
        """
        async with self._writing:
            until_ms = self._terms.end(self._clock.now_ms(), self._invocation.deadline_ms)
            changed = await self._row.change(
                self._bot,
                {"until_ms": until_ms, "done": len(self._judged), **columns},
                same={"run": self._work.run, "state": "running", "owner": self._work.owner},
            )
            if not changed:
                raise NotOursError
            self._until_ms = until_ms

    async def _hand_over(self) -> str:
        if self._work.number + 1 >= MOST_SLICES:
            return await self._fail("too_long")
        if self._queue is None:
            raise QueueError("ANSWER_FUNCTION is empty: the rest of a run of golden questions is not queued.")
        # First the job: an instance that dies between the two leaves it, and it waits for this lease's end.
        await self._queue(EvaluationSlice(self._bot, self._work.run, self._work.number + 1))
        until_ms = self._clock.now_ms() + QUEUED_MS
        await self._write({"number": self._work.number + 1, "owner": "", "until_ms": until_ms})
        return "handed over"

    async def _fail(self, reason: str) -> str:
        await self._write({"state": "failed", "reason": reason, "owner": ""})
        return "failed"

    async def _keep(self, questions: tuple[GoldenQuestion, ...]) -> None:
        """Keep the run under the moment at which it ended, which a second attempt reads in the row."""
        ended_ms = self._work.ended_ms or self._clock.now_ms()
        await self._write({"ended_ms": ended_ms})
        results = {
            name: [
                self._judged[judged_column(route, number)].result(question)
                for number, question in enumerate(questions)
            ]
            for route, name in enumerate(self._work.routes)
        }
        run = run_of(results, file=self._work.name, at_ms=ended_ms)
        await Evaluations(self._rows).keep(self._bot, ended_ms, run_columns(run))
        await self._write({"state": "done", "owner": ""})


async def _judge(asker: BackendAsker, question: GoldenQuestion) -> Result:
    try:
        answer = await asker(question.ask)
    except Exception as error:  # noqa: BLE001 - one answer that cannot be read must not end every attempt
        answer = Answer(failure=f"internal: {type(error).__name__}")
    return Result(question=question, answer=answer, problems=tuple(problems(question, answer)))


def _judged(columns: Columns) -> dict[str, Judged]:
    return {
        name: msgspec.json.decode(str(value), type=Judged)
        for name, value in columns.items()
        if name.startswith("judged_")
    }
