"""The row of a run of golden questions, through the real SDK on the emulator: one run, and one owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
import pytest_asyncio

from rag_on_dingtalk.knowledge.evaluation_work import PROGRESS, EvaluationWork, read_work, work_columns
from rag_on_dingtalk.storage.knowledge.evaluation_work import EvaluationWorkRows
from rag_on_dingtalk.storage.rows.client import Rows
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOT = "handbook"
WORK = EvaluationWork(
    run="r1",
    state="running",
    routes=("everyone", "canary"),
    name="请假",
    text="年假 | 5 天\r\n病假 | 天",
    total=4,
    until_ms=1_796_000_000_000,
)


@pytest_asyncio.fixture(loop_scope="session")
async def stored() -> AsyncIterator[EvaluationWorkRows]:
    async with tablestore() as url:
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        yield EvaluationWorkRows(rows)
        await rows.close()


async def test_of_two_who_begin_one_does_and_the_next_run_replaces_all_of_it(
    stored: EvaluationWorkRows,
) -> None:
    other = msgspec.structs.replace(WORK, run="r2")
    assert await stored.some(BOT, PROGRESS) == {}
    assert await stored.begin(BOT, {**work_columns(WORK)}, instead_of={})
    assert not await stored.begin(BOT, {**work_columns(other)}, instead_of={})
    assert read_work(await stored.all(BOT)) == WORK
    progress = await stored.some(BOT, PROGRESS)
    assert "text" not in progress
    assert read_work(progress) == msgspec.structs.replace(WORK, text="")

    assert await stored.change(BOT, {"judged_0_000": "{}"}, same=WORK.mark)
    assert await stored.begin(BOT, {**work_columns(other)}, instead_of=WORK.mark)
    assert await stored.all(BOT) == work_columns(other)


async def test_only_the_owner_that_the_row_has_changes_it(stored: EvaluationWorkRows) -> None:
    await stored.begin(BOT, {**work_columns(WORK)}, instead_of={})
    mine = msgspec.structs.replace(WORK, owner="a", until_ms=WORK.until_ms + 1)
    theirs = msgspec.structs.replace(WORK, owner="b", until_ms=WORK.until_ms + 2)

    assert await stored.change(BOT, {**mine.mark}, same=WORK.mark)
    assert not await stored.change(BOT, {**theirs.mark}, same=WORK.mark)
    assert await stored.change(BOT, {"done": 1}, same={"run": "r1", "state": "running", "owner": "a"})
    assert await stored.change(BOT, {"state": "stopped"}, same={"run": "r1", "state": "running"})
    assert not await stored.change(BOT, {"done": 2}, same={"run": "r1", "state": "running", "owner": "a"})
    work = read_work(await stored.all(BOT))
    assert work is not None
    assert (work.state, work.done, work.owner) == ("stopped", 1, "a")
