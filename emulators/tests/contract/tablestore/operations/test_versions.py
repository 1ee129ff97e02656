"""Versions of a cell: how many are kept, which are read, when they expire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots

if TYPE_CHECKING:
    from emulators.tests.contract.tablestore.conftest import Client, Clock

DAY = 86400


async def put_versions(client: Client, *versions: tuple[Any, int]) -> None:
    await client.update("a", put=[("c", value, version) for value, version in versions])


async def test_as_many_versions_are_kept_as_the_table_says(every_client: Client, clock: Clock) -> None:
    await every_client.create(max_version=2)

    await put_versions(every_client, (1, clock.ms - 2), (2, clock.ms - 1), (3, clock.ms))

    assert await every_client.get_cells("a", max_version=9) == [("c", 3, clock.ms), ("c", 2, clock.ms - 1)]
    assert await every_client.get_cells("a", max_version=1) == [("c", 3, clock.ms)]


async def test_a_backdated_write_hides_behind_a_newer_version(client: Client, clock: Clock) -> None:
    await client.create()
    await put_versions(client, ("new", clock.ms))

    await put_versions(client, ("old", clock.ms - 1))

    assert await client.get("a") == {"c": "new"}


async def test_versions_are_chosen_by_time(every_client: Client, clock: Clock) -> None:
    await every_client.create(max_version=3)
    now = clock.ms
    await put_versions(every_client, (1, now - 2), (2, now - 1), (3, now))

    async def versions(time_range: Any) -> list[int]:
        cells = await every_client.get_cells("a", max_version=None, time_range=time_range)
        return [value for _, value, _ in cells]

    assert await versions((now - 2, now)) == [2, 1]
    assert await versions(now - 1) == [2]
    assert await versions((now + 1, now + 2)) == []


async def test_a_read_must_say_which_versions_it_wants(client: Client, refused: Any) -> None:
    await client.create()

    with refused(400, "OTSParameterInvalid", "No version condition is specified while querying row."):
        await client.get("a", max_version=None)


@pytest.mark.parametrize("options", [{"max_version": 0}, {"time_range": (2, 1)}, {"time_range": (-1, 1)}])
async def test_versions_that_cannot_be_wanted_are_refused(
    client: Client, refused: Any, options: dict[str, Any]
) -> None:
    await client.create()

    with refused(400, "OTSParameterInvalid"):
        await client.get("a", **options)


async def test_each_version_expires_on_its_own(every_client: Client, clock: Clock) -> None:
    await every_client.create(time_to_live=DAY)
    await every_client.put("a", early=1, renewed=1)
    clock.now += DAY / 2
    await every_client.update("a", put=[("late", 2), ("renewed", 2)])

    clock.now += DAY / 2 - 0.001
    assert await every_client.get("a") == {"early": 1, "late": 2, "renewed": 2}
    clock.now += 0.001
    assert await every_client.get("a") == {"late": 2, "renewed": 2}
    clock.now += DAY / 2
    assert await every_client.get("a") is None


async def test_an_expired_column_counts_as_missing_in_a_condition(client: Client, clock: Clock) -> None:
    await client.create(time_to_live=DAY)
    await client.put("a", c=1)
    untouched = ots.Condition(
        "IGNORE", ots.SingleColumnCondition("c", 2, ots.ComparatorType.EQUAL, pass_if_missing=True)
    )
    clock.now += DAY

    await client.put("a", when=untouched, c=3)

    assert await client.get("a") == {"c": 3}


async def test_a_shorter_life_expires_data_and_a_longer_one_brings_it_back(
    client: Client, clock: Clock
) -> None:
    await client.create(time_to_live=3 * DAY)
    await client.put("a", c=1)
    clock.now += 2 * DAY

    await client.update_table("t", ots.TableOptions(time_to_live=DAY))
    assert await client.get("a") is None
    await client.update_table("t", ots.TableOptions(time_to_live=3 * DAY))
    assert await client.get("a") == {"c": 1}


async def test_a_short_life_can_be_had_by_backdating(client: Client, clock: Clock) -> None:
    await client.create(time_to_live=DAY)
    await put_versions(client, ("brief", clock.ms - (DAY - 60) * 1000))

    clock.now += 59
    assert await client.get("a") == {"c": "brief"}
    clock.now += 1
    assert await client.get("a") is None


@pytest.mark.parametrize("offset_s", [-DAY - 1, DAY])
async def test_a_version_far_from_now_is_refused(
    client: Client, clock: Clock, refused: Any, offset_s: int
) -> None:
    await client.create()

    with refused(400, "OTSParameterInvalid", "Invalid timestamp. Cell:c."):
        await put_versions(client, (1, clock.ms + offset_s * 1000))


async def test_a_version_older_than_its_life_is_refused(client: Client, clock: Clock, refused: Any) -> None:
    await client.create(time_to_live=DAY, max_time_deviation=9 * DAY)

    with refused(400, "OTSParameterInvalid", "Invalid timestamp. Cell:c."):
        await put_versions(client, (1, clock.ms - (DAY + 1) * 1000))


async def test_a_deleted_cell_can_be_written_again_with_its_old_version(client: Client, clock: Clock) -> None:
    await client.create(max_version=2, max_time_deviation=int(clock.now) + 1)
    await put_versions(client, ("x", 0), ("y", 1))

    await client.delete("a")
    await put_versions(client, ("x", 0))

    assert await client.get_cells("a", max_version=2) == [("c", "x", 0)]
