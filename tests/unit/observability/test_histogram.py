"""Percentiles from buckets, against those computed from the times themselves."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.observability.histogram import BOUNDS, bucket_of, percentile


def directly(times: list[int], share: float) -> int:
    """The smallest time that this share of them does not exceed."""
    return sorted(times)[max(math.ceil(share * len(times)) - 1, 0)]


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
@given(times=st.lists(st.integers(1, 500_000), min_size=1, max_size=400))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(share: float, times: list[int]) -> None:
    found = percentile(Counter(bucket_of(one) for one in times), share)
    true = directly(times, share)
    high = next(bound for bound in BOUNDS if true <= bound)
    low = max((bound for bound in BOUNDS if bound < true), default=0)

    assert found is not None
    assert low <= found <= high


def test_a_bucket_is_a_quarter_wide_so_a_percentile_is_wrong_by_that_at_most() -> None:
    assert BOUNDS[0] == 100
    assert BOUNDS[-1] >= 600_000
    assert all(1.2 < high / low < 1.3 for low, high in pairwise(BOUNDS))


def test_without_questions_there_is_no_percentile_and_beyond_the_last_bound_it_is_the_bound() -> None:
    assert percentile({}, 0.5) is None
    assert percentile({"inf": 3}, 0.99) == BOUNDS[-1]
