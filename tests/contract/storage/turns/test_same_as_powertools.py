"""A question is claimed as Powertools makes an event idempotent on DynamoDB: same history, same outcomes.

Where the two differ on purpose is promised at the end.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from moto import mock_aws

from rag_on_dingtalk.errors import LostClaimError
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.tables import TURNS
from tests.contract.storage.store import INSTANCE, KEY, tablestore
from tests.contract.storage.turns.claims import Claims, OurClaims, Outcome, PowertoolsClaims

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

#: Powertools carries time as float seconds: eighths of a second are exact in them.
TICK = 125
START = 1_767_225_600_000
LEASE = START + 60_000
HOUR = 3_600_000
KEEPS_SECONDS = 30 * 86_400

WON, IN_PROGRESS, DONE = Outcome


@dataclass(frozen=True)
class Claim:
    owner: str
    expected: Outcome
    at: int = START
    lease: int = LEASE


@dataclass(frozen=True)
class Finish:
    owner: str


@dataclass(frozen=True)
class Release:
    owner: str


@dataclass(frozen=True)
class AtOnce:
    """Many claim at the same moment."""

    owners: int
    winners: int
    others: Outcome
    at: int = START
    lease: int = LEASE


Event = Claim | Finish | Release | AtOnce

HISTORIES: dict[str, list[Event]] = {
    "the first": [Claim("a", WON)],
    "a duplicate while it is answered": [Claim("a", WON), Claim("b", IN_PROGRESS)],
    "a duplicate after the answer": [Claim("a", WON), Finish("a"), Claim("b", DONE)],
    "a duplicate long after the answer": [Claim("a", WON), Finish("a"), Claim("b", DONE, at=LEASE + HOUR)],
    "the lease's last moment": [Claim("a", WON), Claim("b", IN_PROGRESS, at=LEASE)],
    "the lease has ended": [Claim("a", WON), Claim("b", WON, at=LEASE + TICK, lease=LEASE + HOUR)],
    "a second one after the lease": [
        Claim("a", WON),
        Claim("b", WON, at=LEASE + TICK, lease=LEASE + HOUR),
        Claim("c", IN_PROGRESS, at=LEASE + 2 * TICK, lease=LEASE + HOUR),
    ],
    "the new owner answers": [
        Claim("a", WON),
        Claim("b", WON, at=LEASE + TICK, lease=LEASE + HOUR),
        Finish("b"),
        Claim("c", DONE, at=LEASE + 2 * HOUR),
    ],
    "the retry of a failure": [Claim("a", WON), Release("a"), Claim("b", WON), Claim("c", IN_PROGRESS)],
    "the retry of a failure answers": [
        Claim("a", WON),
        Release("a"),
        Claim("b", WON),
        Finish("b"),
        Claim("c", DONE),
    ],
    "many at once": [AtOnce(16, winners=1, others=IN_PROGRESS)],
    "many at once after the answer": [Claim("a", WON), Finish("a"), AtOnce(16, winners=0, others=DONE)],
    "many at once after the lease": [
        Claim("a", WON),
        AtOnce(16, winners=1, others=IN_PROGRESS, at=LEASE + TICK, lease=LEASE + HOUR),
    ],
    "many at once after a failure": [
        Claim("a", WON),
        Release("a"),
        AtOnce(16, winners=1, others=IN_PROGRESS),
    ],
}


async def play(claims: Claims, event: Event) -> None:
    match event:
        case Claim(owner, expected, at, lease):
            assert await claims.claim(owner, now_ms=at, lease_ms=lease) is expected
        case Finish(owner):
            await claims.finish(owner)
        case Release(owner):
            await claims.release(owner)
        case AtOnce(owners, winners, others, at, lease):
            outcomes = await asyncio.gather(
                *(claims.claim(f"racer-{number}", now_ms=at, lease_ms=lease) for number in range(owners))
            )
            assert sorted(outcomes, key=str) == sorted(
                [WON] * winners + [others] * (owners - winners), key=str
            )


@pytest_asyncio.fixture
async def ours() -> AsyncIterator[OurClaims]:
    async with tablestore(tables=[TURNS]) as url:
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        yield OurClaims(rows)
        await rows.close()


@pytest.fixture
def powertools(monkeypatch: pytest.MonkeyPatch) -> Iterator[PowertoolsClaims]:
    with mock_aws():
        yield PowertoolsClaims(monkeypatch, keeps_seconds=KEEPS_SECONDS)


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
async def test_powertools_decides_so(history: list[Event], powertools: PowertoolsClaims) -> None:
    for event in history:
        await play(powertools, event)


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
async def test_we_decide_the_same(history: list[Event], ours: OurClaims) -> None:
    for event in history:
        await play(ours, event)


# Powertools keeps a result so that a caller may have it again, and forgets it after `expires_after_seconds`.
# No caller asks for a question's result twice: a delivery that late is a duplicate still. Our row goes by the
# table's time to live, long after FC has given the question up.
async def test_a_finished_record_expires_with_powertools(powertools: PowertoolsClaims) -> None:
    after = START + KEEPS_SECONDS * 1000 + HOUR
    for event in (Claim("a", WON), Finish("a"), Claim("b", WON, at=after, lease=after + HOUR)):
        await play(powertools, event)


async def test_a_finished_question_never_expires_with_us(ours: OurClaims) -> None:
    after = START + KEEPS_SECONDS * 1000 + HOUR
    for event in (Claim("a", WON), Finish("a"), Claim("b", DONE, at=after, lease=after + HOUR)):
        await play(ours, event)


# Powertools' writes after the claim name no owner, so one that outlived its lease can still end or undo the
# work of the new owner. Ours are refused.
async def test_who_lost_the_lease_can_still_free_the_record_with_powertools(
    powertools: PowertoolsClaims,
) -> None:
    late = LEASE + TICK
    for event in (
        Claim("slow", WON),
        Claim("heir", WON, at=late, lease=late + HOUR),
        Release("slow"),
        Claim("third", WON, at=late, lease=late + HOUR),
    ):
        await play(powertools, event)


async def test_who_lost_the_lease_can_free_nothing_with_us(ours: OurClaims) -> None:
    late = LEASE + TICK
    for event in (Claim("slow", WON), Claim("heir", WON, at=late, lease=late + HOUR)):
        await play(ours, event)

    with pytest.raises(LostClaimError):
        await play(ours, Release("slow"))
    await play(ours, Claim("third", IN_PROGRESS, at=late, lease=late + HOUR))
