"""GetRange: order, ends, pages, filters."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots

if TYPE_CHECKING:
    from emulators.tests.contract.tablestore.conftest import Client, Clock

BEFORE, AFTER = ots.INF_MIN, ots.INF_MAX
KEY = (("s", "STRING"), ("n", "INTEGER"))


def at(s: Any, n: Any) -> list[tuple[str, Any]]:
    return [("s", s), ("n", n)]


async def fill(client: Client, *keys: tuple[str, int], **columns: Any) -> None:
    if "t" not in await client.list_table():
        await client.create(key=KEY)
    for s, n in keys:
        await client.put_row("t", ots.Row(at(s, n), list((columns or {"c": n}).items())))


async def read(client: Client, start: Any, end: Any, direction: str = "FORWARD", **options: Any) -> Any:
    """The keys of one page and the key of the next."""
    _, following, rows, _ = await client.get_range("t", direction, start, end, **options)
    keys = [tuple(value for _, value in row.primary_key) for row in rows]
    return keys, None if following is None else tuple(value for _, value in following)


async def test_rows_come_in_key_order_in_both_directions(every_client: Client) -> None:
    await fill(every_client, ("b", 1), ("a", 10), ("a", -3), ("a", 2), ("ab", 0), ("a\0", 0), ("é", 0))
    order = [("a", -3), ("a", 2), ("a", 10), ("a\0", 0), ("ab", 0), ("b", 1), ("é", 0)]

    forward = await read(every_client, at(BEFORE, BEFORE), at(AFTER, AFTER))
    backward = await read(every_client, at(AFTER, AFTER), at(BEFORE, BEFORE), "BACKWARD")

    assert forward == (order, None)
    assert backward == (order[::-1], None)


async def test_the_start_is_included_and_the_end_is_not(client: Client) -> None:
    await fill(client, ("a", 1), ("a", 2), ("a", 3))

    assert (await read(client, at("a", 1), at("a", 3)))[0] == [("a", 1), ("a", 2)]
    assert (await read(client, at("a", 3), at("a", 1), "BACKWARD"))[0] == [("a", 3), ("a", 2)]


async def test_an_infinite_column_takes_all_of_what_precedes_it(client: Client) -> None:
    await fill(client, ("a", 1), ("b", 1), ("b", 2), ("c", 1))

    assert (await read(client, at("b", BEFORE), at("b", AFTER)))[0] == [("b", 1), ("b", 2)]
    assert (await read(client, at("a", AFTER), at("c", BEFORE)))[0] == [("b", 1), ("b", 2)]


async def test_pages_follow_each_other_without_gap_or_overlap(every_client: Client) -> None:
    await fill(every_client, *(("a", n) for n in range(7)))

    pages, start = [], at(AFTER, AFTER)
    while start is not None:
        _, start, rows, _ = await every_client.get_range("t", "BACKWARD", start, at(BEFORE, BEFORE), limit=3)
        pages.append([row.primary_key[1][1] for row in rows])

    assert pages == [[6, 5, 4], [3, 2, 1], [0]]


async def test_a_page_that_ends_with_the_range_has_no_successor(client: Client) -> None:
    await fill(client, ("a", 1), ("a", 2))

    assert await read(client, at(BEFORE, BEFORE), at(AFTER, AFTER), limit=2) == ([("a", 1), ("a", 2)], None)


async def test_an_empty_range_costs_one_unit(every_client: Client) -> None:
    await every_client.create(key=KEY)

    consumed, following, rows, _ = await every_client.get_range(
        "t", "FORWARD", at(BEFORE, BEFORE), at(AFTER, AFTER)
    )

    assert (rows, following) == ([], None)
    assert (consumed.read, consumed.write) == (1, 0)


async def test_a_limit_counts_the_rows_a_filter_lets_through(every_client: Client) -> None:
    await fill(every_client, *(("a", n) for n in range(6)))
    odd = ots.SingleColumnCondition("c", 2, ots.ComparatorType.GREATER_THAN)

    page = await read(every_client, at(BEFORE, BEFORE), at(AFTER, AFTER), column_filter=odd, limit=2)

    assert page == ([("a", 3), ("a", 4)], ("a", 5))


async def test_rows_without_a_wanted_column_are_left_out(client: Client) -> None:
    await fill(client, ("a", 1), x=1)
    await fill(client, ("a", 2), y=1)

    ends = at(BEFORE, BEFORE), at(AFTER, AFTER)
    assert (await read(client, *ends, columns_to_get=["x"]))[0] == [("a", 1)]
    assert (await read(client, *ends, columns_to_get=["s"]))[0] == [("a", 1), ("a", 2)]


async def test_expired_rows_are_left_out(client: Client, clock: Clock) -> None:
    await client.create(key=KEY, time_to_live=86400)
    await fill(client, ("a", 1))
    clock.now += 43200
    await fill(client, ("a", 2))
    clock.now += 43200

    assert await read(client, at(BEFORE, BEFORE), at(AFTER, AFTER)) == ([("a", 2)], None)


async def test_a_page_ends_before_four_megabytes_and_the_iterators_of_the_sdk_go_on(
    connecting: Any,
) -> None:
    client: Client = connecting("async-V4-native")
    everything = at(BEFORE, BEFORE), at(AFTER, AFTER)
    await fill(client, *(("a", n) for n in range(5)), blob=bytearray(1_000_000))

    assert await read(client, *everything) == ([("a", n) for n in range(4)], ("a", 4))

    rows = client.sdk.xget_range("t", "FORWARD", *everything, ots.CapacityUnit(0, 0))
    assert [row.primary_key[1][1] async for row in rows] == [0, 1, 2, 3, 4]
    synchronous = connecting("sync-V2-native").sdk
    rows = synchronous.xget_range("t", "FORWARD", *everything, ots.CapacityUnit(0, 0))
    assert await asyncio.to_thread(lambda: [row.primary_key[1][1] for row in rows]) == [0, 1, 2, 3, 4]


async def test_a_page_looks_at_five_thousand_rows_at_most(connecting: Any) -> None:
    client: Client = connecting("async-V4-native")
    await client.create(key=KEY)
    for first in range(0, 5200, 200):
        batch = ots.BatchWriteRowRequest()
        rows = [ots.PutRowItem(ots.Row(at("a", n), [("c", n)]), None) for n in range(first, first + 200)]
        batch.add(ots.TableInBatchWriteRowItem("t", rows))
        assert (await client.batch_write_row(batch)).is_all_succeed()
    none = ots.SingleColumnCondition("c", -1, ots.ComparatorType.EQUAL)

    page = await read(client, at(BEFORE, BEFORE), at(AFTER, AFTER), column_filter=none)

    assert page == ([], ("a", 5000))


@pytest.mark.parametrize(
    ("start", "end", "direction", "message"),
    [
        (at("b", 1), at("a", 1), "FORWARD", "Begin key must less than end key in FORWARD"),
        (at("a", 1), at("a", 1), "FORWARD", "Begin key must less than end key in FORWARD"),
        (at("a", 1), at("b", 1), "BACKWARD", "Begin key must more than end key in BACKWARD"),
        (at("a", 1), at("a", 1), "BACKWARD", "Begin key must more than end key in BACKWARD"),
    ],
)
async def test_a_range_that_runs_the_wrong_way_is_refused(
    client: Client, refused: Any, start: Any, end: Any, direction: str, message: str
) -> None:
    await client.create(key=KEY)

    with refused(400, "OTSParameterInvalid", message):
        await read(client, start, end, direction)


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_limit_must_be_positive(client: Client, refused: Any, limit: int) -> None:
    await client.create(key=KEY)

    with refused(400, "OTSParameterInvalid", "The limit must be greater than 0."):
        await read(client, at(BEFORE, BEFORE), at(AFTER, AFTER), limit=limit)


async def test_the_ends_of_a_range_must_fit_the_schema(client: Client, refused: Any) -> None:
    await client.create(key=KEY)

    with refused(400, "OTSInvalidPK", "Validate PK size fail. Input: 1, Meta: 2."):
        await read(client, [("s", "a")], at(AFTER, AFTER))
    with refused(400, "OTSInvalidPK", "Primary key schema mismatch."):
        await read(client, at(1, 1), at(AFTER, AFTER))
