"""The table of answers that are given again, through the real SDK on the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
import pytest_asyncio

from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.storage.knowledge.kept_answers import AnswerRow, KeptAnswer, StoredAnswers
from rag_on_dingtalk.storage.rows.client import Rows
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT_MS = 1_796_000_000_000
FLIGHT = AnswerRow("a/0", "t1", "a/0", "", 0, flying=True)
ANSWER = AnswerRow(
    "a/0 landed",
    "t1",
    "a/0",
    "",
    AT_MS + 300_000,
    flying=False,
    body=KeptAnswer(("五天。",), "五天。", "t1", AT_MS, citations=(Citation("员工手册"),)),
)


@pytest_asyncio.fixture(loop_scope="session")
async def stored() -> AsyncIterator[StoredAnswers]:
    async with tablestore() as url:
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        yield StoredAnswers(rows)
        await rows.close()


async def test_a_flight_lands_and_is_read_whole_or_by_its_mark(stored: StoredAnswers) -> None:
    assert await stored.look("handbook", "k1") == (None, "")
    assert await stored.fly("k1", None, FLIGHT)
    assert await stored.look("handbook", "k1") == (FLIGHT, "")
    assert await stored.land("k1", FLIGHT, ANSWER)

    assert await stored.look("handbook", "k1") == (ANSWER, "")
    assert await stored.look("handbook", "k1", whole=False) == (
        msgspec.structs.replace(ANSWER, body=None),
        "",
    )


async def test_of_two_who_begin_one_flies_and_of_two_who_take_over_one_does(stored: StoredAnswers) -> None:
    other = msgspec.structs.replace(FLIGHT, mark="b/0", turn="t2", owner="b/0")

    assert await stored.fly("k1", None, FLIGHT)
    assert not await stored.fly("k1", None, other)
    assert await stored.fly("k1", FLIGHT, other)
    assert not await stored.fly("k1", FLIGHT, msgspec.structs.replace(FLIGHT, mark="c/0"))
    assert not await stored.land("k1", FLIGHT, ANSWER)
    await stored.abandon("k1", FLIGHT)
    assert await stored.look("handbook", "k1") == (other, "")
    await stored.abandon("k1", other)
    assert await stored.look("handbook", "k1") == (None, "")


async def test_only_the_answer_of_the_turn_is_dropped(stored: StoredAnswers) -> None:
    await stored.fly("k1", None, ANSWER)

    assert not await stored.drop("k1", "t2")
    assert await stored.drop("k1", "t1")
    assert not await stored.drop("k1", "t1") or await stored.look("handbook", "k1") == (None, "")


async def test_a_new_epoch_is_read_beside_the_row_whole_or_not(stored: StoredAnswers) -> None:
    await stored.fly("k1", None, ANSWER)
    await stored.clear("handbook", "t9")

    for whole in (True, False):
        row, epoch = await stored.look("handbook", "k1", whole=whole)
        assert row is not None
        assert (row.epoch, epoch) == ("", "t9")
    assert (await stored.look("other", "k1"))[1] == ""
