"""What SDKs of other languages send, or read, that the Python one does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tablestore.plainbuffer.plain_buffer_builder import PlainBufferBuilder
from tablestore.protobuf import table_store_pb2 as pb2

if TYPE_CHECKING:
    from emulators.tests.contract.tablestore.conftest import HandMade

KEY = bytes(PlainBufferBuilder.serialize_primary_key([("id", "a")]))
ROW = bytes(PlainBufferBuilder.serialize_for_put_row([("id", "a")], [("c", "value")]))


def put(row: bytes) -> pb2.PutRowRequest:
    return pb2.PutRowRequest(table_name="t", row=row, condition=pb2.Condition(row_existence=pb2.IGNORE))


def batch(*tokens: bytes) -> pb2.BatchGetRowRequest:
    keys = [KEY] * max(1, len(tokens))
    table = pb2.TableInBatchGetRowRequest(
        table_name="t", primary_key=keys, token=list(tokens), max_versions=1
    )
    return pb2.BatchGetRowRequest(tables=[table])


def test_the_spare_byte_behind_a_row_of_the_node_sdk_is_read_over(ask: HandMade) -> None:
    assert ask("PutRow", put(ROW + b"\x00")).status == 200
    get = pb2.GetRowRequest(table_name="t", primary_key=KEY + b"\x00", max_versions=1)
    assert b"value" in ask("GetRow", get).body


@pytest.mark.parametrize("rest", [b"\x00\x00", b"\x01", b"\x0a", ROW, ROW[4:]], ids=repr)
def test_anything_else_behind_a_row_is_refused(ask: HandMade, rest: bytes) -> None:
    assert ask("PutRow", put(ROW + rest)).status == 400


@pytest.mark.parametrize("tokens", [(), (b"",), (b"", b"", b"")])
def test_an_empty_token_for_each_row_of_a_batch_is_none(ask: HandMade, tokens: tuple[bytes, ...]) -> None:
    assert ask("PutRow", put(ROW)).status == 200
    answer = pb2.BatchGetRowResponse.FromString(ask("BatchGetRow", batch(*tokens)).body)
    assert all(row.is_ok and row.row for row in answer.tables[0].rows)


def test_a_token_that_leads_into_a_wide_row_is_not_emulated(ask: HandMade) -> None:
    answer = ask("BatchGetRow", batch(b"", b"somewhere"))
    assert (answer.status, answer.code) == (400, "OTSParameterInvalid")


def test_an_empty_token_of_a_single_read_is_none(ask: HandMade) -> None:
    get = pb2.GetRowRequest(table_name="t", primary_key=KEY, max_versions=1, token=b"")
    assert ask("GetRow", get).status == 200


def test_a_described_table_is_active(ask: HandMade) -> None:
    body = ask("DescribeTable", pb2.DescribeTableRequest(table_name="t")).body
    known = pb2.DescribeTableResponse.FromString(body)
    known.DiscardUnknownFields()
    # The Python SDK has no name for field 4; other SDKs require it.
    (rest,) = {body} - {known.SerializeToString()}
    assert rest.replace(b"\x20\x01", b"", 1) == known.SerializeToString()
    assert known.table_meta.table_name == "t"


def test_the_status_is_not_kept_when_a_table_is_changed(ask: HandMade) -> None:
    describe = pb2.DescribeTableRequest(table_name="t")
    change = pb2.UpdateTableRequest(table_name="t", table_options=pb2.TableOptions(time_to_live=86400))
    assert ask("UpdateTable", change).status == 200
    once, twice = ask("DescribeTable", describe).body, ask("DescribeTable", describe).body
    assert once == twice
    assert pb2.DescribeTableResponse.FromString(once).table_options.time_to_live == 86400
