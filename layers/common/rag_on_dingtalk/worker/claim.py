"""Becoming the owner of a turn: claim it, or wait for the owner it has.

`docs/reliability.md` has the protocol as a table; the rules here are: only a finished turn is a duplicate; an
invocation that loses the claim waits for the end of the turn or of the lease and never acknowledges; only the
first attempt that never saw the row may answer without Tablestore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError, TurnTakenError
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import Outcome
from rag_on_dingtalk.storage.turns.turns import Claimed, Refused

if TYPE_CHECKING:
    from rag_on_dingtalk.clock import Clock
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.invocation import Invocation, LeaseTerms

_LOOK_AGAIN_MS = 2_000
#: This many failed claims in a row, and the first attempt answers without Tablestore.
_TRIES_BEFORE_BLIND = 3
#: A question older than this may have been tried before, whatever FC says.
_YOUNG_MS = 15_000


class Grant(msgspec.Struct, frozen=True):
    """The turn is this invocation's.

    blind: Tablestore is away and the claim is recorded nowhere.
    after_blind: the claim is recorded, and an invocation that answered blind may have been here before.
    """

    claimed: Claimed
    blind: bool = False
    after_blind: bool = False


class Claims:
    """Claims turns for one process."""

    def __init__(self, turns: Turns, terms: LeaseTerms, clock: Clock, log: LogLine) -> None:
        self._turns = turns
        self.terms = self._terms = terms
        self._clock = clock
        self._log = log

    async def claim(
        self,
        question: Question,
        invocation: Invocation,
        *,
        owner: str,
        may_be_blind: bool,
    ) -> Grant | None:
        """The turn, or None when it is finished.

        owner: unique for every call.
        may_be_blind: this kind of invocation may answer without Tablestore.

        Raises:
            TurnTakenError: another invocation still holds the turn at the end of this one.
            StateError: Tablestore was away until then.
        """
        pause_ms = min(_LOOK_AGAIN_MS, self._terms.lease_ms // 4)
        may_be_blind = may_be_blind and self._is_first(question, invocation)
        failures = 0
        while True:
            now_ms = self._clock.now_ms()
            error: StateError | None = None
            try:
                claim = await self._turns.claim(
                    question,
                    owner=owner,
                    now_ms=now_ms,
                    until_ms=self._terms.end(now_ms, invocation.deadline_ms),
                    grace_ms=self._terms.grace_ms,
                )
            except StateError as caught:
                error = caught
                failures += 1
                if may_be_blind and failures >= _TRIES_BEFORE_BLIND:
                    self._log("claimed_without_tablestore", level="ERROR", error=str(error))
                    lease = Lease(owner, self._terms.end(now_ms, invocation.deadline_ms))
                    return Grant(Claimed(lease, Outcome()), blind=True)
            else:
                if isinstance(claim, Claimed):
                    # Nothing that an invocation does blind is done sooner after the question.
                    soonest_ms = pause_ms * (_TRIES_BEFORE_BLIND - 1)
                    after_blind = self._clock.now_ms() - question.asked_ms >= soonest_ms
                    return Grant(claim, after_blind=after_blind)
                if claim is Refused.DONE:
                    return None
                # The row has been seen: from now on there is something to wait for.
                may_be_blind = False
            if self._clock.now_ms() + pause_ms >= invocation.deadline_ms:
                raise error or TurnTakenError(
                    f"The turn {question.turn_id} is still being answered elsewhere. It is tried again."
                )
            await self._clock.sleep(pause_ms / 1000)

    def _is_first(self, question: Question, invocation: Invocation) -> bool:
        return invocation.retries == 0 and self._clock.now_ms() - question.asked_ms < _YOUNG_MS
