"""`turns`: one row per question, and the claim that lets exactly one invocation answer it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import LostClaimError, StateError, UnreadableRowError
from rag_on_dingtalk.storage.rows.conditions import both, missing_or_below, missing_or_equal, there_and_equal
from rag_on_dingtalk.storage.tables import TURNS
from rag_on_dingtalk.storage.turns.lease import NEVER_MS, Lease
from rag_on_dingtalk.storage.turns.outcome import Outcome, Status
from rag_on_dingtalk.storage.turns.row import TurnRow, columns_of, read_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.storage.rows.client import Columns, Rows


class Claimed(msgspec.Struct, frozen=True):
    """The turn is the caller's."""

    lease: Lease
    outcome: Outcome


class Refused(str, Enum):
    """Why a claim was not given.

    TAKEN: another invocation holds it, or it is not known yet who does; asking again tells.
    """

    TAKEN = "taken"
    DONE = "done"


class Turns:
    """The claim on a question, and its record while it is answered and afterwards."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def claim(
        self, question: Question, *, owner: str, now_ms: int, until_ms: int, grace_ms: int = 0
    ) -> Claimed | Refused:
        """Ask to be the one who answers; `Claimed.outcome` tells how far an earlier owner came.

        owner: unique for each call that follows a lost claim; a retry of this call may repeat it.
        until_ms: the lease's end, in milliseconds since the epoch; every later write may extend it.
        grace_ms: how long after its end another owner's lease still counts, for clocks that disagree.

            put, if there is no row
            |  claimed → answering → done: until_ms = never
            |-------------------------------|---------------------------------> time
            |   others: TAKEN               |   not done by then: the next owner
            |                               |   continues from the outcome; done: DONE
            now                    until_ms + grace, as last renewed

        Raises:
            StateError: Tablestore could not be asked, and no row of this turn was seen.
        """
        fresh = Lease(owner, until_ms)
        found = await self._put_or_find(question, fresh)
        if found is None:
            return Claimed(fresh, Outcome())
        if isinstance(found, Refused):
            return found
        lease = found.lease
        if lease.finished:
            return Refused.DONE
        if lease.owner == owner:
            return Claimed(lease, found.outcome)
        if lease.until_ms + (grace_ms if lease.until_ms else 0) >= now_ms:
            return Refused.TAKEN
        return await self._take_over(question, found, owner=owner, until_ms=until_ms)

    async def read(self, turn_id: str) -> TurnRow | None:
        """The row of a turn, if there is one.

        Raises:
            StateError: Tablestore could not be asked.
            UnreadableRowError: the row was not written by this library.
        """
        columns = await self._rows.get(TURNS, turn_id)
        return None if columns is None else _row(turn_id, columns)

    async def leases(self, turn_ids: Sequence[str]) -> list[Lease | None]:
        """The leases of up to a hundred turns, in one request; None: there is no row.

        One that cannot be read counts as ended: reading it by itself says what is wrong.

        Raises:
            StateError: Tablestore could not be asked.
        """
        found: list[Lease | None] = []
        for turn_id, columns in zip(turn_ids, await self._rows.get_many(TURNS, turn_ids), strict=True):
            try:
                found.append(None if columns is None else _row(turn_id, columns).lease)
            except UnreadableRowError:
                found.append(Lease("", 0))
        return found

    async def write(self, question: Question, lease: Lease, outcome: Outcome) -> None:
        """Record how far the turn has come, and extend the lease.

        lease: its end must be later than that of every earlier write of this owner. So a write that was
            given up and arrives late changes nothing, and none opens a finished turn again.

        Raises:
            LostClaimError: another invocation has the turn, or this one has recorded something newer.
            StateError: Tablestore did not confirm it.
        """
        await self._write(question, lease, outcome, below_ms=lease.until_ms)

    async def finish(self, question: Question, lease: Lease, outcome: Outcome) -> None:
        """Record that the person has the reply; from now on the turn is DONE for every caller.

        Raises:
            LostClaimError, StateError: as for `write`.
        """
        status = Status.FAILED if outcome.failure else Status.DONE
        finished = msgspec.structs.replace(lease, until_ms=NEVER_MS)
        # The same write again may find its own row, when the first answer was lost.
        await self._write(
            question, finished, msgspec.structs.replace(outcome, status=status), below_ms=NEVER_MS + 1
        )

    async def release(self, question: Question, lease: Lease, outcome: Outcome) -> None:
        """Give the turn back, so that the next attempt need not wait for the lease to end.

        Raises:
            LostClaimError, StateError: as for `write`.
        """
        released = msgspec.structs.replace(lease, until_ms=0)
        await self._write(question, released, outcome, below_ms=NEVER_MS)

    async def _write(self, question: Question, lease: Lease, outcome: Outcome, *, below_ms: int) -> None:
        # The row is missing when Tablestore was away at the time of the claim.
        ours = missing_or_equal("owner", lease.owner)
        condition = both(ours, missing_or_below("lease_until", below_ms))
        if not await self._rows.put(TURNS, question.turn_id, columns_of(question, lease, outcome), condition):
            raise LostClaimError(f"The turn {question.turn_id} was taken over; stop answering it.")

    async def _take_over(
        self, question: Question, row: TurnRow, *, owner: str, until_ms: int
    ) -> Claimed | Refused:
        lease, outcome = row.lease, row.outcome
        taken = Lease(owner, until_ms, lease.attempt + 1)
        # Not the owner alone: it may live after all, and renew or finish between our read and this.
        unchanged = there_and_equal("lease_until", lease.until_ms)
        try:
            won = await self._put_if_known(question, taken, outcome, unchanged)
        except StateError:
            # The row has been seen: the caller must not answer as if there were none.
            return Refused.TAKEN
        # Another taker was faster, or the answer was lost; asking once more tells.
        return Claimed(taken, outcome) if won else Refused.TAKEN

    async def _put_or_find(self, question: Question, fresh: Lease) -> TurnRow | Refused | None:
        """Put the first row of a turn: None; else the row that is there, or TAKEN if it cannot be read.

        Raises:
            StateError: as for `claim`.
        """
        refused = False
        for _ in range(2):
            try:
                put = await self._put_if_known(question, fresh, Outcome(), missing_or_below("lease_until", 0))
                if put:
                    return None
                refused = refused or put is False
                # Another invocation has it, or our own put went through and its answer was lost: the owner
                # tells. No row at all: the put itself was lost.
                row = await self.read(question.turn_id)
            except StateError:
                if refused:
                    # Only a row that is there refuses: the caller must not answer as if there were none.
                    return Refused.TAKEN
                raise
            if row is not None:
                return row
        raise StateError("unreachable", "the claim was not confirmed and is not there")

    async def _put_if_known(
        self, question: Question, lease: Lease, outcome: Outcome, condition: object
    ) -> bool | None:
        """Whether the row was put; None: its answer was lost."""
        try:
            return await self._rows.put(
                TURNS, question.turn_id, columns_of(question, lease, outcome), condition
            )
        except StateError as error:
            if not error.ambiguous:
                raise
        return None


def _row(turn_id: str, columns: Columns) -> TurnRow:
    try:
        return read_row(columns)
    except (KeyError, ValueError, TypeError, msgspec.MsgspecError) as error:
        raise UnreadableRowError(
            f"The row {turn_id} of `turns` cannot be read ({type(error).__name__}). Delete it, or see "
            "whether another version of this bot wrote it."
        ) from error
