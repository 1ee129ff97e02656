"""Several rows in one request, through the real SDK on the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulators.faults import FaultBoard
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.tables import DIRECTORY, GRANTS, SESSIONS
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FAULTS = FaultBoard()


@pytest_asyncio.fixture
async def rows() -> AsyncIterator[Rows]:
    async with tablestore(FAULTS, [DIRECTORY, GRANTS]) as url:
        opened = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        for name in ("a@corp", "b@corp", "王@corp"):
            await opened.put(DIRECTORY, name, {"profile": f"of {name}", "fetched_ms": 7})
        yield opened
        FAULTS.switch_off()
        await opened.close()


async def test_rows_come_in_the_order_of_their_keys_and_none_for_one_that_is_not_there(rows: Rows) -> None:
    found = await rows.get_many(DIRECTORY, ["王@corp", "*@corp", "a@corp"])

    assert found == [
        {"profile": "of 王@corp", "fetched_ms": 7},
        None,
        {"profile": "of a@corp", "fetched_ms": 7},
    ]


async def test_it_reads_what_a_single_read_reads(rows: Rows) -> None:
    keys = ["b@corp", "none@corp", "a@corp"]

    assert await rows.get_many(DIRECTORY, keys) == [await rows.get(DIRECTORY, key) for key in keys]


async def test_keys_of_several_columns_are_read_too(rows: Rows) -> None:
    await rows.put(GRANTS, ("user0001@handbook", "0-g1"), {"id": "g1"})

    assert await rows.get_many(GRANTS, [("user0001@handbook", "0-g2"), ("user0001@handbook", "0-g1")]) == [
        None,
        {"id": "g1"},
    ]


async def test_a_hundred_rows_are_one_request_and_more_are_refused(rows: Rows) -> None:
    keys = [f"u{number}@corp" for number in range(100)]

    assert await rows.get_many(DIRECTORY, keys) == [None] * 100
    with pytest.raises(StateError):
        await rows.get_many(DIRECTORY, [*keys, "one-more@corp"])


async def test_a_row_that_cannot_be_read_is_no_row_that_is_not_there(rows: Rows) -> None:
    # The table is missing: the service says so for each row, in an answer that is a success.
    with pytest.raises(StateError) as told:
        await rows.get_many(SESSIONS, ["s1"])

    assert told.value.code == "OTSObjectNotExist"


async def test_without_tablestore_it_says_so(rows: Rows) -> None:
    FAULTS.switch_on("tablestore.away")

    with pytest.raises(StateError):
        await rows.get_many(DIRECTORY, ["a@corp", "b@corp"])


KEYS = ("a@corp", "b@corp", "王@corp", "x@corp", "*@corp")


@given(st.lists(st.sampled_from(KEYS), min_size=1, unique=True))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_choice_of_rows_is_answered_in_its_order(rows: Rows, keys: list[str]) -> None:
    found = await rows.get_many(DIRECTORY, keys)

    assert [row and row["profile"] for row in found] == [
        f"of {key}" if key[0] in "ab王" else None for key in keys
    ]
