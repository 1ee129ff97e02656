from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.dingtalk.signature import (
    card_sign,
    card_signature_is_valid,
    is_fresh,
    robot_sign,
    robot_signature_is_valid,
)

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


def test_a_shorter_window_can_be_asked_for() -> None:
    assert is_fresh(str(NOW_MS - MINUTE_MS), NOW_MS, past_ms=MINUTE_MS)
    assert not is_fresh(str(NOW_MS - MINUTE_MS - 1), NOW_MS, past_ms=MINUTE_MS)


def test_seconds_are_as_good_as_milliseconds() -> None:
    assert is_fresh(str(NOW_MS // 1000), NOW_MS)
    assert not is_fresh(str(NOW_MS // 1000 - 3_601), NOW_MS)


@pytest.mark.parametrize("secrets", [["old"], ["old", "new"], ["new", "old"]])
def test_any_of_the_secrets_may_have_signed(secrets: list[str]) -> None:
    assert robot_signature_is_valid("1", robot_sign("1", "old"), secrets)
    assert not robot_signature_is_valid("1", robot_sign("1", "other"), secrets)


def test_without_a_secret_nothing_is_valid() -> None:
    assert not robot_signature_is_valid("1", robot_sign("1", ""), [])


@given(sign=st.text(), timestamp=st.text())
def test_nothing_but_the_right_signature_is_valid(sign: str, timestamp: str) -> None:
    right = sign == robot_sign(timestamp, "secret")
    assert robot_signature_is_valid(timestamp, sign, ["secret"]) is right
    right = sign == card_sign(timestamp, "secret")
    assert card_signature_is_valid(timestamp, sign, "secret") is right
