"""Verdicts and first-comers, through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from emulators.faults import FaultBoard
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.shared.once import Once
from rag_on_dingtalk.storage.tables import FEEDBACK
from rag_on_dingtalk.storage.turns.feedback import Feedback, Verdict
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FAULTS = FaultBoard()


@pytest_asyncio.fixture
async def rows() -> AsyncIterator[Rows]:
    async with tablestore(FAULTS) as url:
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        yield rows
        FAULTS.switch_off()
        await rows.close()


def verdict(*, liked: bool, given_ms: int, reason: str = "") -> Verdict:
    return Verdict("t1", "user0001", "handbook", liked, reason, given_ms)


async def test_changing_ones_mind_replaces_the_verdict(rows: Rows) -> None:
    feedback = Feedback(rows)

    assert await feedback.give(verdict(liked=True, given_ms=1))
    assert await feedback.give(verdict(liked=False, given_ms=2, reason="过时了"))

    row = await rows.get(FEEDBACK, ("t1", "user0001"))
    assert row is not None
    assert (row["liked"], row["reason"]) == (False, "过时了")


async def test_an_earlier_click_that_comes_late_does_not(rows: Rows) -> None:
    feedback = Feedback(rows)
    await feedback.give(verdict(liked=False, given_ms=2))

    assert not await feedback.give(verdict(liked=True, given_ms=1))


async def test_the_same_click_delivered_twice_is_the_same_verdict(rows: Rows) -> None:
    feedback = Feedback(rows)

    assert await feedback.give(verdict(liked=True, given_ms=1))
    assert await feedback.give(verdict(liked=True, given_ms=1))


async def test_one_of_many_is_first(rows: Rows) -> None:
    once = Once(rows)

    came = await asyncio.gather(*(once.first("event:handbook", "e1", by=str(n)) for n in range(8)))

    assert sorted(came) == [False] * 7 + [True]


async def test_the_first_one_coming_again_is_still_the_first(rows: Rows) -> None:
    once = Once(rows)
    FAULTS.switch_on("tablestore.drop_after", count=1)
    with pytest.raises(StateError):
        await once.first("event:handbook", "e1", by="a")

    assert await once.first("event:handbook", "e1", by="a")
    assert not await once.first("event:handbook", "e1", by="b")
