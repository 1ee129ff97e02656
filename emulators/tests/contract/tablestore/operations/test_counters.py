"""INCREMENT: counting without reading first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots

if TYPE_CHECKING:
    from emulators.tests.contract.tablestore.conftest import Client, Clock

INT64_MAX = 2**63 - 1


async def test_a_counter_starts_at_zero_and_tells_its_new_value(every_client: Client) -> None:
    await every_client.create()

    assert await every_client.increment("a", "n", 5) == 5
    assert await every_client.increment("a", "n", -7) == -2
    assert await every_client.get("a") == {"n": -2}


@pytest.mark.parametrize("variant", ["sync-V2-native", "async-V4-pure"])
async def test_no_count_is_lost_among_many_writers(connecting: Any, variant: str) -> None:
    client: Client = connecting(variant)
    await client.create()

    values = await asyncio.gather(*(client.increment("a", "n") for _ in range(100)))

    assert sorted(values) == list(range(1, 101))


@pytest.mark.parametrize("variant", ["sync-V2-native", "async-V4-pure"])
async def test_a_capped_counter_admits_exactly_as_many_as_it_may(connecting: Any, variant: str) -> None:
    client: Client = connecting(variant)
    await client.create()
    below = ots.SingleColumnCondition("n", 20, ots.ComparatorType.LESS_THAN, pass_if_missing=True)

    outcomes = await asyncio.gather(
        *(client.increment("a", "n", when=ots.Condition("IGNORE", below)) for _ in range(100)),
        return_exceptions=True,
    )

    assert sorted(o for o in outcomes if isinstance(o, int)) == list(range(1, 21))
    codes = {o.code for o in outcomes if isinstance(o, ots.OTSServiceError)}
    assert codes == {"OTSConditionCheckFail"}
    assert await client.get("a") == {"n": 20}


async def test_counting_writes_a_new_version(client: Client, clock: Clock) -> None:
    await client.create(max_version=2)
    await client.increment("a", "n")
    first = clock.ms
    clock.now += 1

    await client.increment("a", "n")

    assert await client.get_cells("a", max_version=2) == [("n", 2, clock.ms), ("n", 1, first)]


async def test_a_counter_goes_on_where_its_version_lies_in_the_future(client: Client, clock: Clock) -> None:
    await client.create()
    await client.update("a", put=[("n", 1, clock.ms + 1000)])

    assert await client.increment("a", "n") == 2
    assert await client.get("a") == {"n": 2}


async def test_an_expired_counter_starts_again(client: Client, clock: Clock) -> None:
    await client.create(time_to_live=86400)
    await client.increment("a", "n", 9)
    clock.now += 86400

    assert await client.increment("a", "n") == 1


@pytest.mark.parametrize("held", ["text", 1.5, True, INT64_MAX])
async def test_what_cannot_be_incremented_is_refused_and_kept(
    client: Client, refused: Any, held: Any
) -> None:
    await client.create()
    await client.put("a", n=held)

    with refused(400, "OTSParameterInvalid"):
        await client.increment("a", "n")

    assert await client.get("a") == {"n": held}


@pytest.mark.parametrize(
    "changes",
    [
        {"increment": [("n", "one")]},
        {"increment": [("n", 1, 1_800_000_000_000)]},
        {"increment": [("n", 1), ("n", 1)]},
        {"increment": [("n", 1)], "put": [("n", 1)]},
        {"increment": [("n", 1)], "delete_all": ["n"]},
    ],
)
async def test_a_column_is_only_counted_or_only_written(
    connecting: Any, refused: Any, changes: dict[str, Any]
) -> None:
    client: Client = connecting("async-V4-pure")
    await client.create()

    with refused(400, "OTSParameterInvalid"):
        await client.update("a", **changes)


async def test_only_counted_columns_can_be_returned(client: Client, refused: Any) -> None:
    await client.create()

    with refused(400, "OTSParameterInvalid"):
        await client.increment("a", "n", returns="other")

    assert await client.get("a") is None
