"""BatchGetRow and BatchWriteRow: rows that succeed beside rows that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots
from tablestore.protobuf import table_store_pb2 as pb2

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tests.contract.tablestore.conftest import Client

EXISTS = ots.Condition("EXPECT_EXIST")


def put(row_id: str, value: Any = 1, when: Any = None) -> Any:
    return ots.PutRowItem(ots.Row([("id", row_id)], [("c", value)]), when)


def update(row_id: str, when: Any = None, **changes: Any) -> Any:
    return ots.UpdateRowItem(ots.Row([("id", row_id)], changes), when)


def delete(row_id: str, when: Any = None) -> Any:
    return ots.DeleteRowItem(ots.Row([("id", row_id)]), when)


def writes(**tables: list[Any]) -> Any:
    request = ots.BatchWriteRowRequest()
    for table, items in tables.items():
        request.add(ots.TableInBatchWriteRowItem(table, items))
    return request


def reads(max_version: int | None = 1, **tables: list[str]) -> Any:
    request = ots.BatchGetRowRequest()
    for table, row_ids in tables.items():
        keys = [[("id", row_id)] for row_id in row_ids]
        request.add(ots.TableInBatchGetRowItem(table, keys, max_version=max_version))
    return request


def outcomes(items: list[Any]) -> list[str | None]:
    """The error code of each row, None for success."""
    return [None if item.is_ok else item.error_code for item in items]


async def test_rows_of_several_tables_are_written_and_read_at_once(every_client: Client) -> None:
    await every_client.create("t")
    await every_client.create("u")
    await every_client.put("gone", c=0)

    written = await every_client.batch_write_row(
        writes(t=[put("a", 1), update("b", put=[("c", 2)]), delete("gone")], u=[put("a", 3)])
    )
    found = await every_client.batch_get_row(reads(t=["b", "missing", "a"], u=["a"]))

    assert written.is_all_succeed()
    assert found.is_all_succeed()
    rows = found.get_result_by_table("t")
    assert [row.row and row.row.attribute_columns[0][1] for row in rows] == [2, None, 1]
    assert [(row.consumed.read, row.consumed.write) for row in rows] == [(1, 0)] * 3
    assert found.get_result_by_table("u")[0].row.primary_key == [("id", "a")]
    assert await every_client.get("gone") is None


async def test_a_row_that_fails_leaves_the_others_alone(every_client: Client) -> None:
    await every_client.create()
    wrong_key = ots.PutRowItem(ots.Row([("id", 1)], [("c", 1)]), None)

    response = await every_client.batch_write_row(
        writes(t=[put("a"), put("b", when=EXISTS), wrong_key, put("c")], missing=[put("a")])
    )

    assert not response.is_all_succeed()
    rows = response.get_put_by_table("t")
    assert outcomes(rows) == [None, "OTSConditionCheckFail", "OTSInvalidPK", None]
    assert rows[1].error_message == "Row does not exist which is expected existent"
    assert outcomes(response.get_put_by_table("missing")) == ["OTSObjectNotExist"]
    assert (await every_client.get("a"), await every_client.get("c")) == ({"c": 1}, {"c": 1})
    assert await every_client.get("b") is None


async def test_a_key_that_does_not_fit_fails_only_its_own_row(every_client: Client) -> None:
    await every_client.create()
    await every_client.put("a", c=1)
    request = ots.BatchGetRowRequest()
    request.add(ots.TableInBatchGetRowItem("t", [[("id", "a")], [("no", "a")]], max_version=1))
    request.add(ots.TableInBatchGetRowItem("missing", [[("id", "a")]], max_version=1))

    response = await every_client.batch_get_row(request)

    assert outcomes(response.get_result_by_table("t")) == [None, "OTSInvalidPK"]
    assert outcomes(response.get_result_by_table("missing")) == ["OTSObjectNotExist"]


async def test_a_batch_reads_like_a_single_row(every_client: Client) -> None:
    await every_client.create()
    await every_client.put("a", x=1, y=1)
    await every_client.put("b", x=2, y=2)
    condition = ots.SingleColumnCondition("x", 1, ots.ComparatorType.EQUAL)
    request = ots.BatchGetRowRequest()
    keys = [[("id", "a")], [("id", "b")]]
    request.add(ots.TableInBatchGetRowItem("t", keys, ["x"], condition, max_version=1))

    rows = (await every_client.batch_get_row(request)).get_result_by_table("t")

    assert [row.row and [name for name, _, _ in row.row.attribute_columns] for row in rows] == [["x"], None]


async def test_a_row_may_be_written_repeatedly_in_the_order_given(client: Client) -> None:
    await client.create()

    response = await client.batch_write_row(writes(t=[put("a", 1), delete("a"), update("a", put=[("d", 2)])]))

    assert response.is_all_succeed()
    assert await client.get("a") == {"d": 2}


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (
            put("a", when=EXISTS),
            "Repeated rows do not support row exist expectation check in BatchModify.",
        ),
        (
            put(
                "a",
                when=ots.Condition("IGNORE", ots.SingleColumnCondition("c", 1, ots.ComparatorType.EQUAL)),
            ),
            "Repeated rows do not support row condition check in BatchModify.",
        ),
        (update("a", increment=[("c", 1)]), None),
    ],
)
async def test_a_repeated_row_cannot_be_conditional(
    client: Client, refused: Any, second: Any, message: str | None
) -> None:
    await client.create()

    with refused(400, "OTSParameterInvalid", message):
        await client.batch_write_row(writes(t=[put("a"), second]))

    assert await client.get("a") is None


async def test_a_put_without_columns_fails_the_whole_batch(client: Client, refused: Any) -> None:
    await client.create()
    empty = ots.PutRowItem(ots.Row([("id", "b")], []), None)

    with refused(400, "OTSParameterInvalid", "Attribute column is missing."):
        await client.batch_write_row(writes(t=[put("a"), empty]))

    assert await client.get("a") is None


async def test_an_empty_batch_is_refused(client: Client, refused: Any) -> None:
    with refused(400, "OTSParameterInvalid", "No row is specified in BatchWriteRow."):
        await client.batch_write_row(writes())
    with refused(400, "OTSParameterInvalid", "No operation is specified for table: 't'."):
        await client.batch_write_row(writes(t=[]))
    with refused(400, "OTSParameterInvalid", "No row specified in the request of BatchGetRow."):
        await client.batch_get_row(reads())


async def test_a_batch_get_must_say_which_versions_it_wants(client: Client, refused: Any) -> None:
    await client.create()

    with refused(400, "OTSParameterInvalid", "No version condition is specified while querying row."):
        await client.batch_get_row(reads(max_version=None, t=["a"]))


async def test_batches_have_a_largest_size(client: Client, refused: Any) -> None:
    await client.create()
    ids = [f"row{n}" for n in range(201)]

    assert (await client.batch_write_row(writes(t=[put(i) for i in ids[:200]]))).is_all_succeed()
    assert (await client.batch_get_row(reads(t=ids[:100]))).is_all_succeed()
    with refused(400, "OTSParameterInvalid", "Rows count exceeds the upper limit:200."):
        await client.batch_write_row(writes(t=[put(i) for i in ids]))
    with refused(400, "OTSParameterInvalid", "Rows count exceeds the upper limit:100."):
        await client.batch_get_row(reads(t=ids[:101]))


async def test_a_table_is_named_once(connecting: Any, refused: Any) -> None:
    client: Client = connecting("sync-V2-pure")
    encoders = client.sdk.protocol.encoder.api_encode_map
    stock = encoders["BatchWriteRow"]

    def named_twice(request: Any) -> Any:
        message = pb2.BatchWriteRowRequest.FromString(stock(request).SerializeToString())
        message.tables.append(message.tables[0])
        return message

    encoders["BatchWriteRow"] = named_twice

    with refused(400, "OTSParameterInvalid", "Duplicated table name: t."):
        await client.batch_write_row(writes(t=[put("a")]))


async def test_chosen_keys_come_back_row_by_row(every_client: Client) -> None:
    await every_client.create(key=(("id", "STRING"), ("n", "INTEGER", ots.PK_AUTO_INCR)))
    row = ots.Row([("id", "a"), ("n", ots.PK_AUTO_INCR)], [("c", 1)])
    items = [ots.PutRowItem(row, None, ots.ReturnType.RT_PK) for _ in range(3)]

    response = await every_client.batch_write_row(writes(t=items))

    chosen = [dict(item.row.primary_key)["n"] for item in response.get_succeed_of_put()]
    assert len(set(chosen)) == 3


async def test_a_conflict_strikes_single_rows_of_a_batch(client: Client, faults: FaultBoard) -> None:
    await client.create()
    faults.switch_on("tablestore.conflict", count=1)

    response = await client.batch_write_row(writes(t=[put("a"), put("b")]))

    assert outcomes(response.get_put()[1]) == ["OTSRowOperationConflict"]
    assert (await client.get("a"), await client.get("b")) == (None, {"c": 1})
