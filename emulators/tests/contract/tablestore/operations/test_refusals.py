"""Requests the Python SDK cannot even make, but another client could."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tablestore.protobuf import table_store_filter_pb2 as filter_pb2
from tablestore.protobuf import table_store_pb2 as pb2

from emulators.tablestore.wire.plainbuffer import Cell, CellOperation, WireRow, encode_row
from emulators.tablestore.wire.values import Marker
from emulators.tablestore.wire.variants import encode_variant

if TYPE_CHECKING:
    from emulators.tests.contract.tablestore.conftest import Clock, HandMade

KEY = (Cell("id", "a"),)
IGNORE = pb2.Condition(row_existence=pb2.IGNORE)


def row(*cells: Cell, deletes: bool = False, key: tuple[Cell, ...] = KEY) -> bytes:
    return encode_row(WireRow(key, cells, deletes))


def put(*cells: Cell, deletes: bool = False, **more: Any) -> Any:
    return pb2.PutRowRequest(table_name="t", row=row(*cells, deletes=deletes), condition=IGNORE, **more)


def update(*cells: Cell, **more: Any) -> Any:
    return pb2.UpdateRowRequest(table_name="t", row_change=row(*cells), condition=IGNORE, **more)


def get(**more: Any) -> Any:
    return pb2.GetRowRequest(**{"table_name": "t", "primary_key": row(), "max_versions": 1, **more})


def refused(ask: HandMade, operation: str, request: Any) -> str:
    """The sentence of a 400."""
    answer = ask(operation, request)
    assert (answer.status, answer.code) == (400, "OTSParameterInvalid")
    return answer.message


def test_only_a_deletion_carries_the_delete_marker(ask: HandMade) -> None:
    marker = "DeleteRow, and nothing else, carries the delete marker."

    assert refused(ask, "PutRow", put(Cell("c", 1), deletes=True)) == marker
    for key, message in (
        (row(), marker),
        (row(Cell("c", 1), deletes=True), "DeleteRow takes a primary key only."),
    ):
        request = pb2.DeleteRowRequest(table_name="t", primary_key=key, condition=IGNORE)
        assert refused(ask, "DeleteRow", request) == message


def test_a_put_has_values_and_no_operations(ask: HandMade) -> None:
    counted = put(Cell("c", 1, CellOperation.INCREMENT))

    assert refused(ask, "PutRow", counted) == "OpType cannot be given for column name:c in PutRow."
    assert refused(ask, "PutRow", put(Cell("c"))) == "Column 'c' has no value."
    assert refused(ask, "PutRow", put(Cell("c", Marker.INF_MIN))) == "Column 'c' has no value."


def test_a_read_takes_a_key_and_nothing_more(ask: HandMade) -> None:
    assert refused(ask, "GetRow", get(primary_key=row(Cell("c", 1))))
    assert refused(ask, "GetRow", get(primary_key=row(deletes=True)))


def test_half_a_time_range_is_refused(ask: HandMade) -> None:
    assert refused(ask, "GetRow", get(time_range=pb2.TimeRange(start_time=1)))


def test_returned_columns_are_the_counted_ones_of_an_update(ask: HandMade) -> None:
    after = pb2.ReturnContent(return_type=pb2.RT_AFTER_MODIFY, return_column_names=["c"])
    unnamed = pb2.ReturnContent(return_type=pb2.RT_AFTER_MODIFY)
    key_and_columns = pb2.ReturnContent(return_type=pb2.RT_PK, return_column_names=["c"])
    counted = Cell("c", 1, CellOperation.INCREMENT)

    assert ask("UpdateRow", update(counted, return_content=after)).status == 200
    assert refused(ask, "PutRow", put(Cell("c", 1), return_content=after))
    assert refused(ask, "UpdateRow", update(Cell("c", 1), return_content=after))
    assert refused(ask, "UpdateRow", update(counted, return_content=unnamed))
    assert refused(ask, "UpdateRow", update(counted, return_content=key_and_columns))


def test_a_damaged_row_names_its_damage(ask: HandMade) -> None:
    good = row(Cell("c", "value"))
    damages = {
        good.replace(b"value", b"valUe"): "Invalid PlainBuffer: The checksum of a cell does not match.",
        good[:-1] + bytes([good[-1] ^ 1]): "Invalid PlainBuffer: The checksum of a row does not match.",
        b"\x76" + good[1:]: "Invalid PlainBuffer: PlainBuffer does not begin with its header.",
        good + b"\x01": "Invalid PlainBuffer: PlainBuffer goes on after the row.",
        good[:20]: "Invalid PlainBuffer: PlainBuffer ends before the 6 bytes it promises.",
        b"": "Invalid PlainBuffer: PlainBuffer ends before the 4 bytes it promises.",
    }
    for data, message in damages.items():
        request = pb2.PutRowRequest(table_name="t", row=data, condition=IGNORE)
        assert refused(ask, "PutRow", request) == message


def comparison(**changes: Any) -> bytes:
    fields = {
        "comparator": filter_pb2.CT_EQUAL,
        "column_name": "c",
        "column_value": encode_variant(1),
        "filter_if_missing": True,
        "latest_version_only": True,
        **changes,
    }
    message = filter_pb2.SingleColumnValueFilter(**fields)
    return condition(filter_pb2.FT_SINGLE_COLUMN_VALUE, message)


def condition(kind: int, message: Any) -> bytes:
    data: bytes = filter_pb2.Filter(type=kind, filter=message.SerializeToString()).SerializeToString()
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (comparison(comparator=filter_pb2.CT_EXIST), "Unsupported operation: comparator CT_EXIST."),
        (
            condition(filter_pb2.FT_COLUMN_PAGINATION, filter_pb2.ColumnPaginationFilter(offset=0, limit=1)),
            "Unsupported operation: ColumnPaginationFilter.",
        ),
        (
            comparison(column_value=encode_variant(Marker.INF_MAX)),
            "A condition compares with a value; INF_MIN and INF_MAX are for range keys.",
        ),
        (
            comparison(column_value=b"\x06"),
            "Invalid value in a condition: PlainBuffer has a value of unknown type 0x06.",
        ),
        (
            comparison(column_value=encode_variant(1) + b"\x00"),
            "Invalid value in a condition: A PlainBuffer value is longer than its type allows.",
        ),
        (
            comparison(column_value=b"\x03\x01\x00\x00\x00\xff"),
            "Invalid value in a condition: A name or STRING value is not UTF-8.",
        ),
        (comparison(column_name="1c"), None),
        (b"\x08\x01", None),
        (b"\xff", None),
    ],
)
def test_a_condition_that_says_nothing_is_refused(ask: HandMade, data: bytes, message: str | None) -> None:
    sentence = refused(ask, "GetRow", get(filter=data))

    assert message in (None, sentence)


def create(**more: Any) -> Any:
    meta = pb2.TableMeta(table_name="u", primary_key=[pb2.PrimaryKeySchema(name="id", type=pb2.STRING)])
    throughput = pb2.ReservedThroughput(capacity_unit=pb2.CapacityUnit(read=0, write=0))
    return pb2.CreateTableRequest(table_meta=meta, reserved_throughput=throughput, **more)


def test_options_left_out_have_their_defaults(ask: HandMade) -> None:
    assert ask("CreateTable", create()).status == 200
    assert ask("GetRow", get(table_name="u")).status == 200


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        ({"partitions": [pb2.PartitionRange(begin=b"\x09", end=b"\x0a")]}, "partitions"),
        ({"stream_spec": pb2.StreamSpecification(enable_stream=True)}, "stream_spec"),
        ({"sse_spec": pb2.SSESpecification(enable=True)}, "sse_spec"),
    ],
)
def test_tables_with_more_than_rows_are_refused(ask: HandMade, extra: dict[str, Any], what: str) -> None:
    sentence = refused(ask, "CreateTable", create(**extra))

    assert sentence == f"Unsupported operation: CreateTable with {what}."


def test_a_stream_cannot_be_switched_on_later(ask: HandMade) -> None:
    request = pb2.UpdateTableRequest(table_name="t", stream_spec=pb2.StreamSpecification(enable_stream=True))

    assert refused(ask, "UpdateTable", request) == "Unsupported operation: UpdateTable with stream_spec."


def test_too_many_predefined_columns_are_refused(ask: HandMade) -> None:
    request = create()
    for number in range(33):
        request.table_meta.defined_column.add(name=f"c{number}", type=pb2.DCT_STRING)

    assert refused(ask, "CreateTable", request)


def test_only_a_put_and_never_a_range_lets_the_service_choose(ask: HandMade) -> None:
    request = create()
    request.table_meta.primary_key.add(name="n", type=pb2.INTEGER, option=pb2.AUTO_INCREMENT)
    assert ask("CreateTable", request).status == 200
    key = (Cell("id", "a"), Cell("n", Marker.AUTO_INCREMENT))

    deletion = pb2.DeleteRowRequest(table_name="u", primary_key=row(key=key, deletes=True), condition=IGNORE)
    assert refused(ask, "DeleteRow", deletion)
    page = pb2.GetRangeRequest(
        table_name="u",
        direction=pb2.FORWARD,
        inclusive_start_primary_key=row(key=key),
        exclusive_end_primary_key=row(key=key),
        max_versions=1,
    )
    assert ask("GetRange", page).code == "OTSInvalidPK"
    assert ask("GetRow", get(table_name="u", primary_key=row(key=key))).code == "OTSInvalidPK"


def test_a_message_without_its_required_fields_is_refused(ask: HandMade) -> None:
    assert refused(ask, "GetRow", b"") == "GetRowRequest lacks required fields: table_name, primary_key."
    assert refused(ask, "GetRow", b"\xff") == "The request is not a GetRowRequest message."


def test_a_transaction_id_in_a_batch_is_refused(ask: HandMade) -> None:
    request = pb2.BatchWriteRowRequest(transaction_id="x")

    assert refused(ask, "BatchWriteRow", request) == "TransactionID is invalid."


def test_a_defect_fails_one_request_and_is_logged(
    ask: HandMade, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.now = float("nan")
    answer = ask("PutRow", put(Cell("c", 1)))
    clock.now = 1_800_000_000.0

    assert (answer.status, answer.code) == (500, "OTSInternalServerError")
    assert "failed at PutRow" in caplog.text
    assert "ValueError" in caplog.text
    assert ask("PutRow", put(Cell("c", 1))).status == 200
