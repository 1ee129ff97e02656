"""A stored row is read as the checked decoder reads it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulators.tablestore.store.stored import read_stored
from emulators.tablestore.store.versions import to_cells
from emulators.tablestore.wire.plainbuffer import Cell, WireRow, decode_row, encode_row
from emulators.tablestore.wire.values import INT64_MAX, INT64_MIN

INTEGERS = st.integers(INT64_MIN, INT64_MAX)
TEXTS = st.text(max_size=40)
KEYS = st.lists(st.builds(Cell, TEXTS, INTEGERS | TEXTS | st.binary(max_size=40)), min_size=1, max_size=4)
VALUES = INTEGERS | st.booleans() | st.floats(allow_nan=False) | TEXTS | st.binary(max_size=300)
COLUMNS = st.dictionaries(
    TEXTS, st.dictionaries(st.integers(0, 2**40), VALUES, min_size=1, max_size=3), max_size=6
)


@given(key=KEYS, columns=COLUMNS)
def test_a_stored_row_is_what_was_written(key: list[Cell], columns: dict[str, dict[int, object]]) -> None:
    written = encode_row(WireRow(tuple(key), to_cells(columns)))  # type: ignore[arg-type]  # values of all types
    checked = decode_row(written)

    found_key, found = read_stored(written)

    assert (found_key, to_cells(found)) == (checked.key, checked.cells)
    assert [type(cell.value) for cell in found_key] == [type(cell.value) for cell in key]
    assert found == columns
