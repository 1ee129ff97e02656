"""`experiments`: how each experiment stands, and what its arms come to; one request reads all of a bot's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.models.experiments import CANARY, STABLE, Arm, ExperimentStatus, arms_of
from rag_on_dingtalk.observability.experiments.counts import ArmCounts, counts_of_arm, read_counts
from rag_on_dingtalk.storage.rows.changes import Update
from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.tables import EXPERIMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.observability.events import QuestionEvent
    from rag_on_dingtalk.storage.rows.client import Columns, Rows

#: Of one bot: three rows an experiment, those of the past included.
_MOST = 1_000
#: Between an experiment's name and an arm's; a name has none.
_OF = ":"


class ExperimentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment.

    version: counts the decisions on it; 0: there was none.
    """

    status: ExperimentStatus = ExperimentStatus()
    version: int = 0
    canary: ArmCounts = ArmCounts()
    stable: ArmCounts = ArmCounts()


class Experiments:
    """Every bot's experiments."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def of(self, bot: str) -> dict[str, ExperimentRow]:
        """All of a bot's by name, in one request; one that is missing runs and has no counts.

        Raises:
            StateError: Tablestore could not be asked.
        """
        rows = {str(key[1]): row for key, row in await self._rows.range(EXPERIMENTS, bot, limit=_MOST)}
        names = dict.fromkeys(name.partition(_OF)[0] for name in rows)
        return {name: _row(rows, name) for name in names}

    async def decide(self, bot: str, name: str, status: ExperimentStatus, *, after: ExperimentRow) -> bool:
        """Let it stand so; False when another decision has come since `after` was read.

        Raises:
            StateError: Tablestore did not confirm it; reading tells.
        """
        columns: Columns = {
            **{key: value for key, value in msgspec.structs.asdict(status).items() if value != ""},
            "version": after.version + 1,
        }
        return await self._rows.put(
            EXPERIMENTS, (bot, name), columns, missing_or_equal("version", after.version)
        )

    async def begin_anew(self, bot: str, name: str) -> None:
        """Forget what its arms have come to.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        for arm in (CANARY, STABLE):
            await self._rows.delete(EXPERIMENTS, _arm_key(bot, name, arm))

    async def disliked(self, bot: str, name: str, arm: Arm) -> None:
        """An answer of this arm got a 👎; to be called once a question.

        Raises:
            StateError: Tablestore did not confirm it; the same call again would count twice.
        """
        await self._rows.update(EXPERIMENTS, _arm_key(bot, name, arm), add={"disliked": 1})


def arm_updates(event: QuestionEvent) -> Iterator[Update]:
    """What a finished question adds to its arms."""
    counts = counts_of_arm(event)
    for name, arm in arms_of(event.arm).items() if counts else ():
        yield Update(table=EXPERIMENTS, key=_arm_key(event.bot, name, arm), counts=counts)


def _arm_key(bot: str, name: str, arm: Arm) -> tuple[str, str]:
    return bot, f"{name}{_OF}{arm}"


def _row(rows: dict[str, Columns], name: str) -> ExperimentRow:
    decided = rows.get(name, {})
    return ExperimentRow(
        status=msgspec.convert(decided, ExperimentStatus, strict=False),
        version=int(decided.get("version", 0)),
        canary=read_counts(rows.get(f"{name}{_OF}{CANARY}", {})),
        stable=read_counts(rows.get(f"{name}{_OF}{STABLE}", {})),
    )
