"""The record of a turn that is this invocation's: its lease and its outcome, in memory and in Tablestore."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import anyio
import msgspec

from rag_on_dingtalk.errors import LostClaimError, StateError
from rag_on_dingtalk.resilience.retry import retry, step
from rag_on_dingtalk.storage.turns.lease import NEVER_MS
from rag_on_dingtalk.storage.turns.outcome import CardState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.clock import Clock
    from rag_on_dingtalk.delivery.fence import Fence
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.turns.outcome import Outcome
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.claim import Grant
    from rag_on_dingtalk.worker.invocation import Invocation, LeaseTerms

#: Between two tries of a write that Tablestore did not confirm, in seconds; the last one repeats.
_PAUSES = (0.1, 0.3, 0.6, 1.0)
#: Tries of a blind owner, whose claim is recorded nowhere anyway.
_BLIND_TRIES = 2


class TurnRecord:
    """Lease and outcome of one turn.

    fence: opened by every write that Tablestore confirms.
    """

    def __init__(
        self,
        turns: Turns,
        question: Question,
        grant: Grant,
        *,
        fence: Fence,
        terms: LeaseTerms,
        invocation: Invocation,
        clock: Clock,
        log: LogLine,
    ) -> None:
        self._turns = turns
        self._question = question
        self._fence = fence
        self._terms = terms
        self._invocation = invocation
        self._clock = clock
        self._log = log
        self._writing = asyncio.Lock()
        self._closed = False
        self._blind = grant.blind
        #: Whether Tablestore did not answer in this invocation: another delivery may have answered blind.
        self.away = grant.blind
        self._newest_end_ms = grant.claimed.lease.until_ms
        #: Whether Tablestore has said that another invocation has the turn.
        self.lost = False
        self.lease = grant.claimed.lease
        self.outcome = grant.claimed.outcome
        card = self.outcome.card
        #: Whether no earlier invocation can have created the question's card.
        self.may_create_card = card is CardState.UNTOUCHED or (
            card is CardState.UNKNOWN and self.lease.attempt == 1
        )
        #: What it means that this invocation has no card: another one may have created it blind, of which
        #: DingTalk's refusal of a new one says nothing. A blind owner looks for none: the turn's owner may
        #: have finished it.
        self.no_card = CardState.UNKNOWN if grant.after_blind else CardState.NONE
        if grant.blind:
            fence.lift(self.lease.until_ms)
        else:
            fence.confirmed(self.lease.until_ms)

    @property
    def blind(self) -> bool:
        """The claim has never been confirmed: Tablestore is away."""
        return self._blind

    @property
    def owner(self) -> str:
        """Under which name the turn is claimed."""
        return self.lease.owner

    @property
    def question(self) -> Question:
        """As it was last changed."""
        return self._question

    def ask(self, question: Question) -> None:
        """Change the question in memory; the next write takes it along."""
        self._question = question

    def note(self, **changes: object) -> None:
        """Change the outcome in memory; the next write takes it along."""
        self.outcome = msgspec.structs.replace(self.outcome, **changes)

    def given(self, reply: Outcome | None) -> None:
        """This process has given the reply already, and could not record it: what is left is to close up.

        Whatever an owner that died has recorded or shown, a card of its own is closed with a pointer.

        reply: None: it has given none.
        """
        if reply is None:
            return
        card = reply.card
        if card is not CardState.DELIVERED:
            none = self.outcome.card in (CardState.UNTOUCHED, CardState.NONE)
            card = CardState.NONE if none else CardState.UNKNOWN
        self.outcome = msgspec.structs.replace(
            reply,
            card=card,
            sent=len(reply.parts) + len(reply.files),
            calls=self.outcome.calls,
            set_aside_in=self.outcome.set_aside_in,
        )

    async def renew(self) -> None:
        """Extend the lease, and record the outcome as it is.

        Raises:
            LostClaimError: another invocation has the turn.
            StateError: Tablestore did not confirm it.
        """
        await self._write(self._turns.write)

    async def commit(self) -> None:
        """Record the outcome and return when Tablestore has confirmed it, however long that takes.

        What is sent next relies on it: without it the next owner would send something else. A blind owner
        goes on after a few tries.

        Raises:
            LostClaimError: another invocation has the turn.
        """

        def _pause(error: StateError, failed: int) -> float | None:
            if failed == 1:
                self._log("not_recorded", level="WARNING", error=str(error))
            return None if self._blind and failed >= _BLIND_TRIES else step(failed, _PAUSES)

        # A blind owner's last failure changes nothing for what it does next.
        with suppress(StateError):
            await self._persist(self._turns.write, _pause)

    async def is_named(self) -> bool:
        """Whether the turn's row, which may be another invocation's, says that the card stands in the chat.

        Raises:
            StateError: Tablestore could not be asked.
            UnreadableRowError: the row was not written by this library.
        """
        row = await self._turns.read(self._question.turn_id)
        return row is not None and row.outcome.card is CardState.DELIVERED

    def lift_fence(self) -> None:
        """Let calls leave although another invocation has the turn: for a card that it knows nothing of."""
        self._fence.lift(NEVER_MS)

    async def finish(self) -> bool:
        """Record that the person has the reply; False when that could not be recorded in this invocation.

        It is tried until shortly before the deadline: an error would make FC deliver the reply again.

        Raises:
            LostClaimError: another invocation has the turn, and may die with it.
        """
        until_ms = self._invocation.deadline_ms - int(2_000 * _PAUSES[-1])

        def _pause(_error: StateError, failed: int) -> float | None:
            return step(failed, _PAUSES) if self._clock.now_ms() < until_ms else None

        try:
            await self._persist(self._turns.finish, _pause, close=True)
        except StateError as error:
            self._log("not_recorded", level="ERROR", error=str(error))
            return False
        return True

    async def release(self) -> None:
        """Give the turn back: the next attempt need not wait for the lease to end. Never raises."""
        if self.may_create_card and self.outcome.card is CardState.UNKNOWN:
            self.note(card=CardState.UNTOUCHED)
        try:
            await self._write(self._turns.release, close=True)
        except (StateError, LostClaimError) as error:
            self._log("not_released", level="ERROR", error=str(error))

    async def _persist(
        self,
        write: Callable[..., Awaitable[None]],
        pause: Callable[[StateError, int], float | None],
        *,
        close: bool = False,
    ) -> None:
        await retry(
            partial(self._write, write, close=close), on=StateError, pause=pause, sleep=self._clock.sleep
        )

    async def _write(self, write: Callable[..., Awaitable[None]], *, close: bool = False) -> None:
        # One write at a time, each of the newest outcome: an older one must not come last. For the same
        # reason a write is never cancelled on its way; Rows bounds how long it takes.
        with anyio.CancelScope(shield=True):
            async with self._writing:
                # A renewal that waited for the lock would open a finished turn again.
                if self._closed:
                    return
                end_ms = self._terms.end(self._clock.now_ms(), self._invocation.deadline_ms)
                self._newest_end_ms = max(end_ms, self._newest_end_ms + 1)
                lease = msgspec.structs.replace(self.lease, until_ms=self._newest_end_ms)
                try:
                    await write(self._question, lease, self.outcome)
                except LostClaimError:
                    self.lost = True
                    raise
                except StateError:
                    self.away = True
                    if self._blind:
                        self._fence.lift(lease.until_ms)
                    raise
                self.lease = lease
                self._closed = close
                if self._blind:
                    # The turn is its own now; where it was refused a card, another blind owner may have one.
                    self._blind, self.no_card = False, CardState.UNKNOWN
                    if self.outcome.card is CardState.NONE:
                        self.note(card=CardState.UNKNOWN)
                self._fence.confirmed(lease.until_ms)
