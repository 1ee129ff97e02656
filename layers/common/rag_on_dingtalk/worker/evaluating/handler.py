"""A slice of a run of golden questions: claimed as a question is, asked in the time there is, handed over.

One row holds the run. Each write names the owner that the row must still have, so that two deliveries never
write over each other; each judged question is written at once, so that none is asked twice but those that
were on their way when an instance died.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import BotError, ConfigurationError, StateError, TurnTakenError
from rag_on_dingtalk.knowledge.evaluation_work import COLUMNS, QUEUED_MS, read_work
from rag_on_dingtalk.storage.knowledge.evaluation_work import EvaluationWorkRows
from rag_on_dingtalk.worker.evaluating.slice import NotOursError, Slice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.clock import Clock
    from rag_on_dingtalk.knowledge.evaluation_work import EvaluationWork
    from rag_on_dingtalk.models.jobs import EvaluationSlice
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.rows.client import Columns, Rows
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.invocation import Invocation, LeaseTerms

_LOOK_AGAIN_MS = 5_000


class EvaluationHandler:
    """Asks slices, and says that a run has failed whose slice Function Compute has given up.

    queue: takes the next slice; None: this process cannot reach the queue.
    """

    def __init__(
        self,
        bots: BotRuntimes,
        rows: Rows,
        *,
        terms: LeaseTerms,
        queue: Callable[[EvaluationSlice], Awaitable[None]] | None,
        clock: Clock,
        log: LogLine,
    ) -> None:
        self._bots = bots
        self._rows = rows
        self._work = EvaluationWorkRows(rows)
        self._terms = terms
        self._queue = queue
        self._clock = clock
        self._log = log

    async def handle(self, job: EvaluationSlice, invocation: Invocation) -> str:
        """Ask a slice; returns what came of it.

        Raises:
            BotError: it could not be asked to its end, or another delivery still asks it; FC is to try again.
        """
        work = await self._claim(job, invocation)
        if work is None:
            return "ended"
        try:
            runtime = await self._bots.get(job.bot)
            return await Slice(
                job.bot,
                work,
                runtime,
                self._rows,
                invocation,
                terms=self._terms,
                queue=self._queue,
                clock=self._clock,
                log=self._log,
            ).ask()
        except NotOursError:
            # It was stopped, or another owner has it.
            return "stopped"
        except (BotError, KeyError) as error:
            await self._let_go(job.bot, work)
            if isinstance(error, KeyError):
                raise ConfigurationError(f"bots.yaml has no bot {job.bot}.") from error
            raise

    async def give_up(self, job: EvaluationSlice, invocation: Invocation) -> str:
        """Say that the run has failed, unless it has ended or gone on; returns what came of it.

        Raises:
            BotError: as for `handle`.
        """
        work = await self._claim(job, invocation)
        if work is None:
            return "ended"
        failed: Columns = {"state": "failed", "reason": "given_up", "owner": ""}
        await self._work.change(job.bot, failed, same=work.mark)
        return "failed"

    async def _claim(self, job: EvaluationSlice, invocation: Invocation) -> EvaluationWork | None:
        """The run with this invocation as its owner; None when there is nothing to be asked.

        Raises:
            TurnTakenError: another invocation asks it until the end of this one.
            StateError: Tablestore could not be asked.
        """
        while True:
            work = read_work(await self._work.some(job.bot, COLUMNS))
            if work is None or work.run != job.run or not work.open or work.number > job.number:
                return None
            now_ms = self._clock.now_ms()
            free_ms = work.until_ms + self._terms.grace_ms if work.owner else now_ms
            if free_ms <= now_ms:
                mine = msgspec.structs.replace(
                    work,
                    owner=invocation.owner,
                    number=job.number,
                    until_ms=self._terms.end(now_ms, invocation.deadline_ms),
                )
                if await self._work.change(job.bot, {**mine.mark}, same=work.mark):
                    return mine
                continue
            pause_ms = min(free_ms - now_ms, _LOOK_AGAIN_MS)
            if now_ms + pause_ms >= invocation.deadline_ms:
                raise TurnTakenError(f"The run {job.run} is still asked elsewhere. It is tried again.")
            await self._clock.sleep(pause_ms / 1000)

    async def _let_go(self, bot: str, work: EvaluationWork) -> None:
        """Let the retry begin at once; without Tablestore it waits for the lease's end."""
        until_ms = self._clock.now_ms() + QUEUED_MS
        same: dict[str, str | int] = {"run": work.run, "state": work.state, "owner": work.owner}
        try:
            await self._work.change(bot, {"owner": "", "until_ms": until_ms}, same=same)
        except StateError as error:
            self._log("evaluation_not_let_go", level="WARNING", bot=bot, error=str(error))
