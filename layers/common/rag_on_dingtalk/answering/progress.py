"""How far a turn has come, in memory and in Tablestore, for whoever must continue it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import LostClaimError, StateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.state.turns import Record, Turns
    from rag_on_dingtalk.telemetry.lines import LogLine

#: The person has the reply and nobody waits: a record that Tablestore did not take is written over and over.
_FINISH_AGAIN_SECONDS = (0.1, 0.4, 1.0, 2.0, 4.0)
#: Somebody waits, but whoever resumes without the record would say something else, or nothing anybody sees.
_PATIENT_AGAIN_SECONDS = (0.1, 0.3, 0.6, 1.0)


class Progress:
    """The record of a turn that is ours.

    record: as it is now, for whoever must release it.
    """

    def __init__(self, turns: Turns, question: Question, record: Record, log: LogLine) -> None:
        self._turns = turns
        self._question = question
        self._log = log
        self._writing = asyncio.Lock()
        self._finished = False
        self.record = record

    def note(self, **changes: object) -> None:
        """Change the record in memory; the next write takes it along."""
        self.record = msgspec.structs.replace(self.record, **changes)

    def adopt(self, record: Record) -> None:
        """Go on from `record`, which was taken earlier: the claim may have been renewed meanwhile."""
        self.record = msgspec.structs.replace(record, lease_until=self.record.lease_until)

    async def save(self, record: Record | None = None) -> None:
        """Write the record, or the given one in its place; only a crash before the next write would miss it.

        Raises:
            LostClaimError: another invocation has the turn now.
        """
        if record is not None:
            self.adopt(record)
        await self._save(())

    async def save_patiently(self) -> None:
        """Write the record though it takes a moment: what it says cannot be found out again.

        Raises:
            LostClaimError: as for `save`.
        """
        await self._save(_PATIENT_AGAIN_SECONDS)

    async def _save(self, pauses: tuple[float, ...]) -> None:
        try:
            await _repeated(self._write, pauses)
        except StateError as error:
            self._log("not_recorded", level="WARNING", error=str(error))

    async def _write(self) -> None:
        # One write at a time, each of the newest record: an older one must not come last.
        async with self._writing:
            # A renewal that waited for the lock would open the finished turn again.
            if not self._finished:
                await self._turns.write(self._question, self.record)

    async def finish(self) -> None:
        """Record that the person has the reply. What raised here would make FC give it once more."""
        try:
            await _repeated(self._finish, _FINISH_AGAIN_SECONDS)
        except (StateError, LostClaimError) as error:
            self._log("not_recorded", level="ERROR", error=str(error))
        self._log(
            "answered",
            channel=self.record.channel,
            failure=self.record.failure,
            attempt=self.record.attempt,
            calls=self.record.calls,
            citations=len(self.record.citations),
            characters=len(self.record.answer),
            **msgspec.structs.asdict(self.record.timings),
        )

    async def _finish(self) -> None:
        async with self._writing:
            await self._turns.finish(self._question, self.record)
            self._finished = True


async def _repeated(write: Callable[[], Awaitable[None]], pauses: tuple[float, ...]) -> None:
    """Write, again after each of the pauses; between them the lock is free and the claim can be renewed."""
    for pause in pauses:
        try:
            return await write()
        except StateError:
            await asyncio.sleep(pause)
    return await write()
