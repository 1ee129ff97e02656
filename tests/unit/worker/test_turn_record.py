"""The writes of one turn's record: confirmed, in order, and none after the last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.clock import Clock
from rag_on_dingtalk.delivery.fence import Fence
from rag_on_dingtalk.errors import LostClaimError, StateError
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import CardState, Outcome
from rag_on_dingtalk.storage.turns.turns import Claimed
from rag_on_dingtalk.worker.claim import Grant
from rag_on_dingtalk.worker.invocation import Invocation, LeaseTerms
from rag_on_dingtalk.worker.turn_record import TurnRecord
from tests.builders import a_question

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question

TERMS = LeaseTerms(30_000)


class ScriptedTurns:
    """Remembers what was written, in order; the first `refusals` writes fail, the others wait for `go_on`."""

    def __init__(self, refusals: int = 0) -> None:
        self.written: list[str] = []
        self.ends: list[int] = []
        self.arrived = asyncio.Event()
        self.go_on = asyncio.Event()
        self.lost = False
        self._refusals = refusals

    async def write(self, _question: Question, lease: Lease, outcome: Outcome) -> None:
        await self._take(lease, outcome.status.value)

    async def finish(self, _question: Question, lease: Lease, _outcome: Outcome) -> None:
        await self._take(lease, "finished")

    async def release(self, _question: Question, lease: Lease, outcome: Outcome) -> None:
        await self._take(lease, f"released, card {outcome.card.name}")

    async def _take(self, lease: Lease, what: str) -> None:
        self.arrived.set()
        await self.go_on.wait()
        if self.lost:
            raise LostClaimError("taken over")
        if self._refusals:
            self._refusals -= 1
            raise StateError("unreachable", "dropped", ambiguous=True)
        self.ends.append(lease.until_ms)
        self.written.append(what)


class Time:
    """A clock that a sleep moves on."""

    def __init__(self) -> None:
        self.now_ms = 0

    async def sleep(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)
        await asyncio.sleep(0)


class RecordSetup:
    """A record with everything around it."""

    def __init__(self, turns: ScriptedTurns, *, blind: bool = False, claimed: Claimed | None = None) -> None:
        self.time = Time()
        self.fence = Fence(margin_ms=TERMS.margin_ms, clock=lambda: self.time.now_ms)
        self.log: list[str] = []
        self.record = TurnRecord(
            turns,  # type: ignore[arg-type]  # the three writes are all it needs
            a_question(),
            Grant(claimed or Claimed(Lease("me", 30_000), Outcome()), blind=blind),
            fence=self.fence,
            terms=TERMS,
            invocation=Invocation("me", 0, 60_000),
            clock=Clock(now_ms=lambda: self.time.now_ms, sleep=self.time.sleep),
            log=lambda message, **_: self.log.append(message),
        )


def open_turns(refusals: int = 0) -> ScriptedTurns:
    turns = ScriptedTurns(refusals)
    turns.go_on.set()
    return turns


async def test_a_renewal_that_waited_does_not_open_a_finished_turn_again() -> None:
    turns = ScriptedTurns()
    record = RecordSetup(turns).record
    finishing = asyncio.create_task(record.finish())
    await turns.arrived.wait()
    renewing = asyncio.create_task(record.renew())
    await asyncio.sleep(0)
    turns.go_on.set()
    await asyncio.gather(finishing, renewing)

    assert turns.written == ["finished"]


async def test_every_write_ends_its_lease_later_than_the_one_before() -> None:
    turns = open_turns()
    setup = RecordSetup(turns)
    for _ in range(3):
        await setup.record.renew()
    setup.time.now_ms = 100_000
    await setup.record.renew()

    assert turns.ends == sorted(set(turns.ends))


async def test_a_commit_returns_only_when_tablestore_has_confirmed_it() -> None:
    turns = open_turns(refusals=12)
    await RecordSetup(turns).record.commit()

    assert turns.written == ["claimed"]


async def test_a_commit_of_a_lost_turn_says_so() -> None:
    turns = open_turns()
    turns.lost = True

    with pytest.raises(LostClaimError):
        await RecordSetup(turns).record.commit()


async def test_a_blind_owner_goes_on_after_a_few_tries_and_is_no_longer_blind_once_confirmed() -> None:
    away = RecordSetup(open_turns(refusals=1_000), blind=True)
    await away.record.commit()
    assert away.record.blind
    assert away.fence.is_open

    back = RecordSetup(open_turns(), blind=True)
    await back.record.commit()
    assert not back.record.blind


async def test_finishing_is_tried_until_shortly_before_the_end_and_never_raises() -> None:
    briefly = RecordSetup(open_turns(refusals=20))
    assert await briefly.record.finish()

    for_ever = RecordSetup(open_turns(refusals=10_000))
    assert not await for_ever.record.finish()
    assert for_ever.time.now_ms < 60_000
    assert "not_recorded" in for_ever.log


async def test_the_fence_opens_with_a_confirmed_write_only() -> None:
    turns = open_turns(refusals=1)
    setup = RecordSetup(turns)
    setup.time.now_ms = 16_000
    assert not setup.fence.is_open

    with pytest.raises(StateError):
        await setup.record.renew()
    assert not setup.fence.is_open
    await setup.record.renew()
    assert setup.fence.is_open


async def test_a_blind_owner_that_slept_sends_nothing_before_it_has_tried_to_record_its_claim() -> None:
    setup = RecordSetup(open_turns(refusals=1), blind=True)
    assert setup.fence.is_open
    setup.time.now_ms = 16_000
    assert not setup.fence.is_open

    with pytest.raises(StateError):
        await setup.record.renew()

    assert setup.fence.is_open
    setup.time.now_ms += 15_001
    assert not setup.fence.is_open


async def test_a_claim_that_was_confirmed_late_is_a_claim_like_any_other() -> None:
    turns = open_turns()
    setup = RecordSetup(turns, blind=True)
    await setup.record.renew()
    turns.lost = True
    setup.time.now_ms = 16_000

    with pytest.raises(LostClaimError):
        await setup.record.renew()

    assert not setup.fence.is_open
    assert setup.record.lost


async def test_an_invocation_that_created_no_card_says_so_when_it_gives_the_turn_back() -> None:
    turns = open_turns()
    await RecordSetup(turns).record.release()

    assert turns.written == ["released, card UNTOUCHED"]


@pytest.mark.parametrize(
    ("attempt", "card", "may"),
    [
        (1, CardState.UNKNOWN, True),
        (2, CardState.UNKNOWN, False),
        (2, CardState.UNTOUCHED, True),
        (2, CardState.DELIVERED, False),
        (2, CardState.NONE, False),
    ],
)
def test_a_card_is_created_only_if_no_earlier_attempt_can_have_done_so(
    attempt: int,
    card: CardState,
    may: bool,  # noqa: FBT001 - a row of the table
) -> None:
    claimed = Claimed(Lease("me", 30_000, attempt), Outcome(card=card))

    assert RecordSetup(ScriptedTurns(), claimed=claimed).record.may_create_card is may
