"""Whatever arrives is answered like a bad request: it never fails the emulator and never changes a row."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tablestore.plainbuffer.plain_buffer_builder import PlainBufferBuilder
from tablestore.protobuf import table_store_filter_pb2 as filter_pb2
from tablestore.protobuf import table_store_pb2 as pb2

from emulators.tablestore.operations.by_name import read_request

if TYPE_CHECKING:
    from emulators.tablestore import TablestoreEmulator
    from emulators.tests.contract.tablestore.conftest import HandMade

OPERATIONS = (
    "CreateTable",
    "ListTable",
    "DescribeTable",
    "UpdateTable",
    "DeleteTable",
    "PutRow",
    "GetRow",
    "UpdateRow",
    "DeleteRow",
    "GetRange",
    "BatchGetRow",
    "BatchWriteRow",
)
KEY = bytes(PlainBufferBuilder.serialize_primary_key([("id", "a")]))
ROW = bytes(PlainBufferBuilder.serialize_for_put_row([("id", "a")], [("c", "value")]))
UPDATE = bytes(
    PlainBufferBuilder.serialize_for_update_row([("id", "a")], {"PUT": [("c", 1)], "INCREMENT": [("n", 1)]})
)
DELETION = bytes(PlainBufferBuilder.serialize_for_delete_row([("id", "a")]))
VALUE = bytes(PlainBufferBuilder.serialize_column_value(1))


# The table stays as it is from one example to the next: nothing here may change it.
hostile = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@hostile
@given(operation=st.sampled_from(OPERATIONS), body=st.binary(max_size=200))
def test_bytes_that_are_no_message_are_a_bad_request(ask: HandMade, operation: str, body: bytes) -> None:
    assert ask(operation, body).status in {200, 400, 404}


def requests() -> dict[str, Any]:
    """One good request of each kind that carries PlainBuffer or a condition."""
    condition = pb2.Condition(row_existence=pb2.IGNORE)
    comparison = filter_pb2.SingleColumnValueFilter(
        comparator=filter_pb2.CT_EQUAL,
        column_name="c",
        column_value=VALUE,
        filter_if_missing=False,
        latest_version_only=True,
    )
    guard = filter_pb2.Filter(
        type=filter_pb2.FT_SINGLE_COLUMN_VALUE, filter=comparison.SerializeToString()
    ).SerializeToString()
    guarded = pb2.Condition(row_existence=pb2.IGNORE, column_condition=guard)
    return {
        "PutRow": pb2.PutRowRequest(table_name="t", row=ROW, condition=guarded),
        "UpdateRow": pb2.UpdateRowRequest(table_name="t", row_change=UPDATE, condition=condition),
        "DeleteRow": pb2.DeleteRowRequest(table_name="t", primary_key=DELETION, condition=condition),
        "GetRow": pb2.GetRowRequest(table_name="t", primary_key=KEY, max_versions=1, filter=guard),
        "GetRange": pb2.GetRangeRequest(
            table_name="t",
            direction=pb2.FORWARD,
            inclusive_start_primary_key=KEY,
            exclusive_end_primary_key=bytes(PlainBufferBuilder.serialize_primary_key([("id", "b")])),
            max_versions=1,
        ),
        "BatchGetRow": pb2.BatchGetRowRequest(
            tables=[pb2.TableInBatchGetRowRequest(table_name="t", primary_key=[KEY], max_versions=1)]
        ),
        "BatchWriteRow": pb2.BatchWriteRowRequest(
            tables=[
                pb2.TableInBatchWriteRowRequest(
                    table_name="t",
                    rows=[pb2.RowInBatchWriteRowRequest(type=pb2.PUT, row_change=ROW, condition=condition)],
                )
            ]
        ),
    }


@pytest.mark.parametrize("operation", requests())
def test_the_good_request_the_next_test_damages_is_good(ask: HandMade, operation: str) -> None:
    assert ask(operation, requests()[operation]).status == 200


@hostile
@given(operation=st.sampled_from(sorted(requests())), data=st.data())
def test_a_damaged_request_is_a_bad_request(ask: HandMade, operation: str, data: st.DataObject) -> None:
    body = bytearray(requests()[operation].SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255))
    del body[data.draw(st.integers(len(body) - 5, len(body))) :]

    assert ask(operation, bytes(body)).status in {200, 400, 403, 404}


@hostile
@given(data=st.binary(max_size=60))
def test_bytes_that_are_no_row_are_a_bad_request(ask: HandMade, data: bytes) -> None:
    good = requests()
    for operation, field in (("PutRow", "row"), ("UpdateRow", "row_change"), ("GetRow", "primary_key")):
        message = good[operation]
        setattr(message, field, data)
        assert ask(operation, message).status == 400


@pytest.mark.parametrize("operation", ["GetRow", "BatchGetRow"])
def test_a_table_name_that_is_not_utf8_is_a_bad_request(ask: HandMade, operation: str) -> None:
    body = requests()[operation].SerializeToString()
    damaged = body.replace(b"\x0a\x01t", b"\x0a\x01\xff", 1)
    assert damaged != body
    assert read_request(operation, damaged)

    assert ask(operation, damaged).status == 400


def test_a_condition_as_deep_as_a_well_is_a_bad_request(ask: HandMade) -> None:
    condition = filter_pb2.Filter.FromString(requests()["GetRow"].filter)
    for _ in range(2000):
        opposite = filter_pb2.CompositeColumnValueFilter(
            combinator=filter_pb2.LO_NOT, sub_filters=[condition]
        )
        condition = filter_pb2.Filter(
            type=filter_pb2.FT_COMPOSITE_COLUMN_VALUE, filter=opposite.SerializeToString()
        )
    request = requests()["GetRow"]
    request.filter = condition.SerializeToString()

    assert ask("GetRow", request).status == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01 this is TLS",
        b"POST /ListTable HTTP/1.1\r\n\r\n",
        b"POST /ListTable HTTP/1.1\r\nHost: x\r\nContent-Length: minus one\r\n\r\n",
        b"POST /ListTable HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /" + b"x" * 20_000,
    ],
)
async def test_what_is_not_http_is_answered_and_hung_up_on(emulator: TablestoreEmulator, raw: bytes) -> None:
    host, _, port = emulator.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)

    answer = await reader.read()

    writer.close()
    assert answer.startswith(b"HTTP/1.1 4")


async def test_a_peer_that_hangs_up_in_the_middle_harms_nobody(
    emulator: TablestoreEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    host, _, port = emulator.url.removeprefix("http://").partition(":")
    for raw in (b"", b"POST /ListTable HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(raw)
        writer.close()
        await writer.wait_closed()

    async with httpx.AsyncClient() as http:
        assert (await http.post(f"{emulator.url}/ListTable")).status_code == 400
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


async def test_stopping_closes_connections_that_are_kept_alive(emulator: TablestoreEmulator) -> None:
    host, _, port = emulator.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /ListTable HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")

    await emulator.stop()

    await reader.read()
    assert reader.at_eof()
    writer.close()
