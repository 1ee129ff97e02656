from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.dingtalk.signature import is_fresh, robot_sign, robot_signature_is_valid

NOW_MS = 1_767_225_600_000
MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("age_ms", "fresh"),
    [
        (0, True),
        (60 * MINUTE_MS, True),
        (60 * MINUTE_MS + 1, False),
        (-5 * MINUTE_MS, True),
        (-5 * MINUTE_MS - 1, False),
    ],
)
def test_an_hour_past_and_five_minutes_ahead_are_accepted(age_ms: int, *, fresh: bool) -> None:
    assert fresh is is_fresh(str(NOW_MS - age_ms), NOW_MS)


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e12", " 1767225600000", "１７６７", "9" * 400])
def test_what_is_no_timestamp_is_never_fresh(timestamp: str) -> None:
    assert not is_fresh(timestamp, NOW_MS)


@given(sign=st.text(), timestamp=st.text())
def test_nothing_but_the_right_signature_is_valid(sign: str, timestamp: str) -> None:
    try:
        right = robot_sign(timestamp, "secret")
    except UnicodeEncodeError:
        right = ""
    assert robot_signature_is_valid(timestamp, sign, "secret") is (sign == right and bool(right))
