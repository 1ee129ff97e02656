"""Tables: created, described, changed and dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots

if TYPE_CHECKING:
    from emulators.tests.contract.tablestore.conftest import Client, Clock

NO_THROUGHPUT = ots.ReservedThroughput(ots.CapacityUnit(0, 0))


async def test_a_table_is_described_as_it_was_created(every_client: Client, clock: Clock) -> None:
    key = [("p", "STRING"), ("n", "INTEGER", ots.PK_AUTO_INCR), ("b", "BINARY")]
    defined = [("d", "DOUBLE")]
    options = ots.TableOptions(time_to_live=86400, max_version=2, max_time_deviation=3600)

    await every_client.create_table(ots.TableMeta("t", key, defined), options, NO_THROUGHPUT)

    described = await every_client.describe_table("t")
    assert described.table_meta.table_name == "t"
    assert described.table_meta.schema_of_primary_key == key
    assert described.table_meta.defined_columns == defined
    assert described.table_options.time_to_live == 86400
    assert described.table_options.max_version == 2
    assert described.table_options.max_time_deviation == 3600
    assert described.table_options.allow_update is True
    assert described.reserved_throughput_details.capacity_unit.read == 0
    assert described.reserved_throughput_details.last_increase_time == int(clock.now)
    assert described.sse_details.enable is False
    assert described.secondary_indexes == []


async def test_tables_are_listed_until_they_are_deleted(every_client: Client) -> None:
    assert await every_client.list_table() == ()
    await every_client.create("one")
    await every_client.create("Two")

    assert set(await every_client.list_table()) == {"one", "Two"}
    await every_client.delete_table("one")
    assert await every_client.list_table() == ("Two",)


async def test_a_table_created_again_is_empty(client: Client) -> None:
    await client.create()
    await client.put("a", c=1)

    await client.delete_table("t")
    await client.create()

    assert await client.get("a") is None


async def test_creating_a_table_twice_says_it_is_there(client: Client, refused: Any) -> None:
    await client.create()

    with refused(409, "OTSObjectAlreadyExist", "Requested table already exists."):
        await client.create()


async def test_operations_on_a_missing_table_say_so(client: Client, refused: Any) -> None:
    for call in (client.describe_table, client.delete_table):
        with refused(404, "OTSObjectNotExist", "Requested table does not exist."):
            await call("t")
    with refused(404, "OTSObjectNotExist"):
        await client.update_table("t", ots.TableOptions())


async def test_updating_a_table_leaves_out_what_is_not_named(client: Client) -> None:
    await client.create(time_to_live=86400, max_version=3)

    options = ots.TableOptions(time_to_live=172800, max_version=None, max_time_deviation=None)
    updated = await client.update_table("t", options)

    assert updated.table_options.time_to_live == 172800
    assert updated.table_options.max_version == 3
    assert (await client.describe_table("t")).table_options.time_to_live == 172800


async def test_throughput_can_be_reserved_later(client: Client) -> None:
    await client.create()

    updated = await client.update_table("t", None, ots.ReservedThroughput(ots.CapacityUnit(5, None)))

    capacity = updated.reserved_throughput_details.capacity_unit
    assert (capacity.read, capacity.write) == (5, 0)


async def test_a_table_can_forbid_updates(client: Client, refused: Any) -> None:
    await client.create(allow_update=False)
    await client.put("a", c=1)

    with refused(400, "OTSParameterInvalid"):
        await client.update("a", put=[("c", 2)])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time_to_live": 0}, "TimeToLive cannot be 0 or less than -1."),
        ({"time_to_live": -2}, "TimeToLive cannot be 0 or less than -1."),
        ({"time_to_live": 86399}, None),
        ({"max_version": 0}, None),
        ({"max_time_deviation": 0}, None),
    ],
)
async def test_options_the_service_would_not_take_are_refused(
    client: Client, refused: Any, options: dict[str, Any], message: str | None
) -> None:
    with refused(400, "OTSParameterInvalid", message):
        await client.create(**options)
    await client.create()
    with refused(400, "OTSParameterInvalid", message):
        await client.update_table("t", ots.TableOptions(**options))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ([("k", "BOOLEAN")], "BOOLEAN is an invalid type for the primary key."),
        ([("k", "STRING"), ("k", "STRING")], "Duplicated primary key name: 'k'."),
        ([], None),
        ([(f"k{n}", "STRING") for n in range(5)], None),
        ([("1k", "STRING")], None),
        ([("k", "INTEGER", ots.PK_AUTO_INCR)], None),
        ([("k", "STRING"), ("n", "STRING", ots.PK_AUTO_INCR)], None),
    ],
)
async def test_keys_the_service_would_not_take_are_refused(
    client: Client, refused: Any, key: list[tuple[str, str]], message: str | None
) -> None:
    with refused(400, "OTSParameterInvalid", message):
        await client.create(key=tuple(key))


@pytest.mark.parametrize("name", ["", "1t", "a-b", "表", "t" * 256])
async def test_names_the_service_would_not_take_are_refused(client: Client, refused: Any, name: str) -> None:
    with refused(400, "OTSParameterInvalid"):
        await client.create(name)


async def test_an_instance_holds_sixty_four_tables(client: Client, refused: Any) -> None:
    for number in range(64):
        await client.create(f"t{number}")

    with refused(403, "OTSQuotaExhausted", "Number of tables exceeded the quota."):
        await client.create("one_more")


async def test_what_is_not_emulated_is_refused_by_name(client: Client, refused: Any) -> None:
    meta = ots.TableMeta("t", [("id", "STRING")], [("c", "STRING")])
    index = ots.SecondaryIndexMeta("i", ["c"], [])

    with refused(400, "OTSParameterInvalid", "Unsupported operation: CreateTable with index_metas."):
        await client.create_table(meta, ots.TableOptions(), NO_THROUGHPUT, [index])
    with refused(400, "OTSParameterInvalid", "Unsupported operation: ListSearchIndex."):
        await client.list_search_index("t")
    with refused(400, "OTSParameterInvalid", "Unsupported operation: StartLocalTransaction."):
        await client.start_local_transaction("t", [("id", "a")])
