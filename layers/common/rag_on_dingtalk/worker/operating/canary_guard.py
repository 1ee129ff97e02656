"""Stops an experiment whose canary does worse than stable. No method but the round's raises.

It looks after every bad answer of a canary and in every round of housekeeping. A stop is one conditional
write, so one instance makes it; that one tells the operators, and a round makes good for one that died first.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.canary.arms import experiments_of
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.experiments import CANARY, ExperimentStatus, arms_of
from rag_on_dingtalk.observability.events import Act
from rag_on_dingtalk.observability.experiments.comparison import worse
from rag_on_dingtalk.observability.experiments.counts import is_bad
from rag_on_dingtalk.observability.incidents.rules import Sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.access.canary.states import ExperimentStates
    from rag_on_dingtalk.observability.events import QuestionEvent
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.auditor import Auditor
    from rag_on_dingtalk.storage.shared.experiments import ExperimentRow
    from rag_on_dingtalk.storage.shared.once import Once
    from rag_on_dingtalk.worker.operating.incident_board import IncidentBoard

#: Who decided, in the table and the audit.
GUARD = "guard"
_KIND = "canary_stopped"


class CanaryGuard:
    """Watches every bot's experiments.

    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        states: ExperimentStates,
        bots: Mapping[str, Bot],
        board: IncidentBoard,
        auditor: Auditor,
        once: Once,
        *,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._states = states
        self._bots = bots
        self._board = board
        self._auditor = auditor
        self._once = once
        self._clock = clock
        self._log = log

    async def finished(self, event: QuestionEvent) -> None:
        """A question is finished and counted."""
        if is_bad(event) and CANARY in arms_of(event.arm).values():
            await self._look_now(event.bot)

    async def disliked(self, bot: str, turn_id: str, arm: str) -> None:
        """An answer got a 👎; of one question the first one counts.

        arm: the question's.
        """
        arms = arms_of(arm)
        if not arms:
            return
        try:
            if not await self._once.first(f"disliked:{bot}", turn_id, by=uuid.uuid4().hex):
                return
            for name, one in arms.items():
                await self._states.store.disliked(bot, name, one)
        except StateError as error:
            self._log("not_counted", level="WARNING", error=str(error))
            return
        if CANARY in arms.values():
            await self._look_now(bot)

    async def __call__(self, name: str, bot: Bot, _now_ms: int) -> None:
        """Task of housekeeping: look, tell of a stop that was not told, and close what is over.

        Raises:
            StateError: Tablestore could not be asked.
        """
        experiments = [one.name for one in experiments_of(bot.all_routes)]
        rows = await self._look(name, bot) if experiments else {}
        stopped = [
            row.status
            for experiment, row in rows.items()
            if experiment in experiments and row.status.state == "stopped" and row.status.by == GUARD
        ]
        if not stopped:
            await self._board.take(name, Sign(_KIND, bad=False))

    async def _look_now(self, name: str) -> None:
        bot = self._bots.get(name)
        if bot is None:
            return
        try:
            await self._look(name, bot)
        except StateError as error:
            # The next bad answer, and the next round, look again.
            self._log("canary_not_guarded", level="WARNING", error=str(error))

    async def _look(self, name: str, bot: Bot) -> dict[str, ExperimentRow]:
        rows, changed = await self._states.fresh(name), False
        for one in experiments_of(bot.all_routes):
            row = rows.get(one.name)
            if row is None:
                continue
            if row.status.state == "running" and bot.canary.guard:
                why = worse(row.canary, row.stable, margin=bot.canary.margin_points / 100)
                row = await self._stop(name, one.name, row, why) if why else row
            if not row.status.told:
                await self._tell(name, one.name, row)
                changed = True
        return await self._states.fresh(name) if changed else rows

    async def _stop(self, name: str, experiment: str, row: ExperimentRow, why: str) -> ExperimentRow:
        stopped = ExperimentStatus(state="stopped", by=GUARD, at_ms=self._clock(), why=why, told=False)
        if not await self._states.store.decide(name, experiment, stopped, after=row):
            # Another instance was faster, or a person.
            return row
        self._log("canary_stopped", level="ERROR", bot=name, experiment=experiment, detail=why)
        return msgspec.structs.replace(row, status=stopped, version=row.version + 1)

    async def _tell(self, name: str, experiment: str, row: ExperimentRow) -> None:
        status = row.status
        await self._board.take(name, Sign(_KIND, bad=True, detail=f"{experiment}: {status.why}"))
        await self._auditor.record(
            Act(
                act="canary.stopped",
                bot=name,
                who=status.by,
                what=experiment,
                detail=status.why,
                at_ms=status.at_ms,
            )
        )
        told = msgspec.structs.replace(status, told=True)
        await self._states.store.decide(name, experiment, told, after=row)
