"""Encoded keys sort as the service sorts rows."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.tablestore.store.keys import encode_key
from emulators.tablestore.wire.values import Marker

untimed = settings(deadline=None)
infinities = st.sampled_from([Marker.INF_MIN, Marker.INF_MAX])
COLUMN_TYPES = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    # Few letters, so that prefixes and NULs meet often.
    "string": st.text(alphabet="\0\x01ab\x7fé北🙂", max_size=4),
    "binary": st.binary(max_size=4) | st.lists(st.sampled_from([0, 1, 255]), max_size=4).map(bytes),
}


@st.composite
def pairs_of_keys(draw: st.DrawFn) -> tuple[list[Any], list[Any]]:
    columns = draw(st.lists(st.sampled_from(sorted(COLUMN_TYPES)), min_size=1, max_size=4))
    column_values = [COLUMN_TYPES[column] | infinities for column in columns]
    first = [draw(values) for values in column_values]
    # The second often shares a prefix with the first, which is where an encoding goes wrong.
    shared = draw(st.integers(0, len(first)))
    return first, first[:shared] + [draw(values) for values in column_values[shared:]]


def rank(value: Any) -> tuple[int, Any]:
    if value is Marker.INF_MIN:
        return 0, 0
    if value is Marker.INF_MAX:
        return 2, 0
    return 1, value.encode() if isinstance(value, str) else value


def compare(first: list[Any], second: list[Any]) -> int:
    left, right = list(map(rank, first)), list(map(rank, second))
    return (left > right) - (left < right)


@untimed
@given(pairs_of_keys())
def test_encoded_keys_compare_like_the_keys(pair: tuple[list[Any], list[Any]]) -> None:
    first, second = map(encode_key, pair)

    assert (first > second) - (first < second) == compare(*pair)


def test_a_whole_list_sorts_as_the_service_sorts_it() -> None:
    order: list[list[Any]] = [
        [Marker.INF_MIN, 0],
        ["", 5],
        ["\0", -(2**63)],
        ["a", Marker.INF_MIN],
        ["a", -1],
        ["a", 0],
        ["a", 2],
        ["a", 10],
        ["a", Marker.INF_MAX],
        ["a\0", 0],
        ["aa", 0],
        ["b", 0],
        ["é", 0],
        [Marker.INF_MAX, Marker.INF_MIN],
    ]

    shuffled = order[::3] + order[1::3] + order[2::3]

    assert sorted(shuffled, key=encode_key) == order
    assert sorted(shuffled, key=cmp_to_key(compare)) == order


def test_a_key_that_is_not_chosen_yet_has_no_place() -> None:
    with pytest.raises(TypeError, match="AUTO_INCREMENT"):
        encode_key(["a", Marker.AUTO_INCREMENT])
