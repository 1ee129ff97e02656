"""PlainBuffer: what the SDK writes is read, what is written the SDK reads, damage is noticed."""

from __future__ import annotations

from typing import Any

# First: it imports the SDK with the warnings about its C++ codec silenced.
from emulators.tablestore.wire.plainbuffer import (
    Cell,
    CellOperation,
    WireRow,
    decode_row,
    encode_row,
    encode_rows,
)

# isort: split
import pytest
import tablestore as ots
from hypothesis import given, settings
from hypothesis import strategies as st
from tablestore.native import parse_multiple_rows
from tablestore.plainbuffer.plain_buffer_builder import PlainBufferBuilder
from tablestore.plainbuffer.plain_buffer_coded_stream import PlainBufferCodedInputStream
from tablestore.plainbuffer.plain_buffer_stream import PlainBufferInputStream

from emulators.tablestore.wire.values import Marker
from emulators.tablestore.wire.variants import WireError, decode_variant, encode_variant

untimed = settings(deadline=None)

names = st.text("aZ_", min_size=1, max_size=20)
integers = st.integers(-(2**63), 2**63 - 1)
texts = st.text("\0 aé北\u2028🙂\U0010ffff", max_size=200)
blobs = st.binary(max_size=200)
values = integers | st.floats(allow_nan=False) | st.booleans() | texts | blobs
versions = st.integers(0, 2**63 - 1)
markers = st.sampled_from(list(Marker))

keys = st.lists(st.tuples(names, integers | texts | blobs), min_size=1, max_size=4)
attributes = st.lists(st.tuples(names, values, versions), max_size=8)

SDK_MARKERS = {
    Marker.INF_MIN: ots.INF_MIN,
    Marker.INF_MAX: ots.INF_MAX,
    Marker.AUTO_INCREMENT: ots.PK_AUTO_INCR,
}


def to_sdk(value: Any) -> Any:
    """The SDK tells blobs from strings by `bytearray`, and markers by classes."""
    if isinstance(value, Marker):
        return SDK_MARKERS[value]
    return bytearray(value) if isinstance(value, bytes) else value


def key_for_sdk(key: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, to_sdk(value)) for name, value in key]


def key_cells(key: list[tuple[str, Any]]) -> tuple[Cell, ...]:
    return tuple(Cell(name, value) for name, value in key)


def typed(row: WireRow) -> list[Any]:
    """Equality that tells True from 1 and 0.0 from -0.0."""
    return [(cell, type(cell.value), repr(cell.value)) for cell in row.key + row.cells]


@untimed
@given(keys, attributes)
def test_a_row_put_by_the_sdk_is_read_and_written_back_byte_for_byte(
    key: list[tuple[str, Any]], columns: list[tuple[str, Any, int]]
) -> None:
    for_sdk = [(name, to_sdk(value), version) for name, value, version in columns]
    data = bytes(PlainBufferBuilder.serialize_for_put_row(key_for_sdk(key), for_sdk))
    expected = WireRow(
        key_cells(key), tuple(Cell(name, value, timestamp=version) for name, value, version in columns)
    )

    row = decode_row(data)

    assert typed(row) == typed(expected)
    assert encode_row(row) == data


@untimed
@given(st.lists(st.tuples(names, integers | texts | blobs | markers), min_size=1, max_size=4))
def test_a_key_with_markers_is_read_and_written_back(key: list[tuple[str, Any]]) -> None:
    data = bytes(PlainBufferBuilder.serialize_primary_key(key_for_sdk(key)))

    assert decode_row(data) == WireRow(key_cells(key))
    assert encode_row(decode_row(data)) == data


@untimed
@given(keys, st.lists(names, unique=True, min_size=4, max_size=4), values, versions, integers)
def test_an_update_by_the_sdk_is_read_and_written_back(
    key: list[tuple[str, Any]], columns: list[str], value: Any, version: int, step: int
) -> None:
    put, delete, delete_all, increment = columns
    changes = {
        "PUT": [(put, to_sdk(value))],
        "DELETE": [(delete, None, version)],
        "DELETE_ALL": [delete_all],
        "INCREMENT": [(increment, step)],
    }
    data = bytes(PlainBufferBuilder.serialize_for_update_row(key_for_sdk(key), changes))

    row = decode_row(data)

    assert row.cells == (
        Cell(put, value),
        Cell(delete, operation=CellOperation.DELETE_ONE_VERSION, timestamp=version),
        Cell(delete_all, operation=CellOperation.DELETE_ALL_VERSION),
        Cell(increment, step, CellOperation.INCREMENT),
    )
    assert encode_row(row) == data


@untimed
@given(keys)
def test_a_deletion_by_the_sdk_is_read_and_written_back(key: list[tuple[str, Any]]) -> None:
    data = bytes(PlainBufferBuilder.serialize_for_delete_row(key_for_sdk(key)))

    assert decode_row(data) == WireRow(key_cells(key), deletes=True)
    assert encode_row(decode_row(data)) == data


@untimed
@given(st.lists(st.tuples(keys, attributes), min_size=1, max_size=4))
def test_both_decoders_of_the_sdk_read_our_rows(rows: list[tuple[Any, Any]]) -> None:
    data = encode_rows(
        WireRow(key_cells(key), tuple(Cell(name, value, timestamp=ms) for name, value, ms in columns))
        for key, columns in rows
    )
    expected = [
        (key_for_sdk(key), [(name, to_sdk(value), ms) for name, value, ms in columns])
        for key, columns in rows
    ]

    pure = PlainBufferCodedInputStream(PlainBufferInputStream(data)).read_rows()
    assert [(row.primary_key, row.attribute_columns) for row in pure] == expected
    if parse_multiple_rows is not None:
        assert [(list(key), list(columns)) for key, columns in parse_multiple_rows(data)] == expected


@untimed
@given(keys)
def test_no_rows_are_no_bytes(key: list[tuple[str, Any]]) -> None:
    assert encode_rows([]) == b""
    assert encode_rows([WireRow(key_cells(key))]) == encode_row(WireRow(key_cells(key)))


@untimed
@given(values | markers)
def test_a_single_value_survives(value: Any) -> None:
    assert repr(decode_variant(encode_variant(value))) == repr(value)


@untimed
@given(st.binary(max_size=100))
def test_bytes_that_are_no_row_are_recognized(data: bytes) -> None:
    with pytest.raises(WireError):
        decode_row(data)


@untimed
@given(keys, attributes, st.data())
def test_no_damaged_byte_is_overlooked(
    key: list[tuple[str, Any]], columns: list[tuple[str, Any, int]], data: st.DataObject
) -> None:
    row = WireRow(key_cells(key), tuple(Cell(name, value, timestamp=ms) for name, value, ms in columns))
    damaged = bytearray(encode_row(row))
    at = data.draw(st.integers(0, len(damaged) - 1))
    damaged[at] ^= data.draw(st.integers(1, 255))

    try:
        decoded = decode_row(bytes(damaged))
    except WireError:
        return
    # Bytes outside the checksums can turn one row into another, but none is without meaning.
    assert encode_row(decoded) != bytes(encode_row(row))


def test_an_operation_nobody_knows_is_named() -> None:
    cell = Cell("c", 1, operation=9)  # type: ignore[arg-type]

    with pytest.raises(WireError, match="unknown operation 0x09"):
        decode_row(encode_row(WireRow((Cell("id", "a"),), (cell,))))
