"""The service's limits, so that nothing works here and is refused there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import tablestore as ots
from tablestore.protobuf import table_store_pb2 as pb2

if TYPE_CHECKING:
    from emulators.tablestore import TablestoreEmulator
    from emulators.tests.contract.tablestore.conftest import Client

MIB = 1024 * 1024


@pytest.fixture
async def client(connecting: Any) -> Client:
    """The synchronous client: aiohttp warns about bodies of more than a megabyte."""
    client: Client = connecting("sync-V2-native")
    await client.create()
    return client


async def test_a_key_value_has_at_most_a_kilobyte(client: Client, refused: Any) -> None:
    await client.put("k" * 1024, c=1)

    with refused(400, "OTSParameterInvalid"):
        await client.put("k" * 1025, c=1)
    with refused(400, "OTSParameterInvalid"):
        await client.put("键" * 342, c=1)


async def test_a_value_has_at_most_two_megabytes(client: Client, refused: Any) -> None:
    await client.put("a", c=bytearray(2 * MIB))

    with refused(400, "OTSParameterInvalid"):
        await client.put("a", c=bytearray(2 * MIB + 1))
    assert await client.get("a") == {"c": bytearray(2 * MIB)}


async def test_a_write_has_at_most_four_megabytes(client: Client, refused: Any) -> None:
    half = bytearray(2 * MIB)
    batch = ots.BatchWriteRowRequest()
    rows = [ots.PutRowItem(ots.Row([("id", i)], [("c", half)]), None) for i in "ab"]
    batch.add(ots.TableInBatchWriteRowItem("t", rows))

    with refused(400, "OTSParameterInvalid"):
        await client.put("a", c=half, d=half)
    with refused(400, "OTSParameterInvalid"):
        await client.batch_write_row(batch)


async def test_a_write_has_at_most_1024_columns(client: Client, refused: Any) -> None:
    await client.put("a", **{f"c{n}": n for n in range(1024)})

    with refused(400, "OTSParameterInvalid"):
        await client.put("a", **{f"c{n}": n for n in range(1025)})


async def test_at_most_1024_columns_are_named_in_a_read(client: Client, refused: Any) -> None:
    await client.put("a", c1023=1)
    assert await client.get("a", columns_to_get=[f"c{n}" for n in range(1024)]) == {"c1023": 1}

    with refused(400, "OTSParameterInvalid"):
        await client.get("a", columns_to_get=[f"c{n}" for n in range(1025)])


@pytest.mark.parametrize("name", ["1c", "a-b", "c" * 256, "id"])
async def test_column_names_the_service_would_not_take_are_refused(
    client: Client, refused: Any, name: str
) -> None:
    with refused(400, "OTSParameterInvalid"):
        await client.put("a", **{name: 1})


async def test_a_column_name_beyond_ascii_is_refused_from_either_codec(
    connecting: Any, client: Client, refused: Any
) -> None:
    # The pure codec counts characters where it should count bytes and sends a damaged row.
    for other in (client, connecting("sync-V2-pure")):
        with refused(400, "OTSParameterInvalid"):
            await other.put("a", 列=1)


@pytest.mark.parametrize(
    ("value", "message"),
    [(math.nan, "NaN can't be set to double value."), (math.inf, None), (-math.inf, None)],
)
async def test_only_finite_doubles_are_stored(
    client: Client, refused: Any, value: float, message: str | None
) -> None:
    with refused(400, "OTSParameterInvalid", message):
        await client.put("a", c=value)


async def test_a_row_needs_something_to_write(client: Client, refused: Any) -> None:
    with refused(400, "OTSParameterInvalid", "Attribute column is missing."):
        await client.put("a")
    with refused(400, "OTSParameterInvalid", "Invalid update row request: missing cells in request."):
        await client.update("a")


async def test_a_version_is_deleted_by_its_timestamp(connecting: Any, refused: Any) -> None:
    # The native codec does not even encode these.
    client: Client = connecting("sync-V2-pure")

    with refused(400, "OTSParameterInvalid", "Timestamp must be given when type is DELETE_ONE_VERSION."):
        await client.update("a", delete=[("c", None, None)])
    with refused(
        400,
        "OTSParameterInvalid",
        "Column value cannot be given when type is DELETE_ONE_VERSION,DELETE_ALL_VERSION.",
    ):
        await client.update("a", delete_all=[("c", 1)])


async def test_transactions_are_not_emulated(client: Client, refused: Any) -> None:
    with refused(400, "OTSParameterInvalid", "TransactionID is invalid."):
        await client.put_row("t", ots.Row([("id", "a")], [("c", 1)]), transaction_id="x")
    with refused(400, "OTSParameterInvalid", "TransactionID is invalid."):
        await client.get("a", transaction_id="x")


async def test_reading_a_wide_row_in_parts_is_not_emulated(client: Client, refused: Any) -> None:
    with refused(400, "OTSParameterInvalid", "Unsupported operation: GetRowRequest with start_column."):
        await client.get("a", start_column="c")


async def test_a_body_has_at_most_five_megabytes(emulator: TablestoreEmulator) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{emulator.url}/PutRow", content=bytes(5 * MIB + 1))
        again = await http.post(f"{emulator.url}/PutRow", content=bytes(5 * MIB))

    assert answer.status_code == 413
    assert pb2.Error.FromString(answer.content).code == "OTSRequestBodyTooLarge"
    assert again.status_code == 400
