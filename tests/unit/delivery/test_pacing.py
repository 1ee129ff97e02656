from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.delivery.pacing import (
    Level,
    Mode,
    ahead_of_need,
    ceiling,
    frames_ahead,
    level_of,
    mode_at,
    next_frame_due,
    spare_calls,
    trickle,
)

MODES = st.sampled_from(get_args(Mode))


def frames(mode: Mode, seconds: int) -> list[int]:
    """When frames are sent, in ms, if text comes all the time and sending takes none."""
    sent: list[int] = []
    while True:
        due = next_frame_due(mode, sent=len(sent), first_ms=0, last_ms=sent[-1] if sent else -1)
        if due is None or due > seconds * 1000:
            return sent
        sent.append(due)


def test_the_first_words_are_shown_at_once() -> None:
    assert 0 == frames("economical", 30)[0] == frames("live", 30)[0]


def test_live_shows_a_frame_a_second() -> None:
    assert list(range(0, 30_001, 1_000)) == frames("live", 30)


def test_economical_spends_at_most_six_frames_however_long_the_answer_is() -> None:
    assert 6 == len(frames("economical", 30)) == len(frames("economical", 3_600))


def test_economical_gaps_grow() -> None:
    sent = frames("economical", 3_600)
    gaps = [later - earlier for earlier, later in pairwise(sent)]

    assert sorted(gaps) == gaps


def test_final_shows_nothing_before_the_end() -> None:
    assert frames("final", 3_600) == []


@given(first=st.integers(0, 10**13), gap=st.integers(0, 100_000), sent=st.integers(1, 50))
def test_live_never_sends_two_frames_within_a_second(first: int, gap: int, sent: int) -> None:
    due = next_frame_due("live", sent=sent, first_ms=first, last_ms=first + gap)

    assert due is not None
    assert due - (first + gap) >= 1_000


@given(mode=MODES, seconds=st.integers(0, 600))
def test_a_thriftier_mode_never_sends_more(mode: Mode, seconds: int) -> None:
    amounts = [len(frames(mode_at(level, mode), seconds)) for level in Level]

    assert sorted(amounts, reverse=True) == amounts
    assert amounts[Level.USED_UP] == 0


@pytest.mark.parametrize(
    ("mode", "thriftier"), [("live", "economical"), ("economical", "final"), ("final", "final")]
)
def test_over_eighty_per_cent_a_bot_falls_to_the_next_thriftier_mode(mode: Mode, thriftier: Mode) -> None:
    assert mode_at(Level.AMPLE, mode) == mode
    assert mode_at(Level.THRIFTY, mode) == thriftier


@given(mode=MODES)
def test_no_more_frames_are_reserved_than_an_answer_may_spend(mode: Mode) -> None:
    assert frames_ahead(mode) <= len(frames(mode, 3_600))


@pytest.mark.parametrize(
    ("spent", "level"),
    [
        (0, Level.AMPLE),
        (3_999, Level.AMPLE),
        (4_000, Level.THRIFTY),
        (4_898, Level.THRIFTY),
        (4_899, Level.USED_UP),
    ],
)
def test_the_month_is_used_up_when_no_card_can_be_opened_and_closed(spent: int, level: Level) -> None:
    assert level_of(spent, 5_000) is level


@pytest.mark.parametrize(("limit", "kept_back"), [(5_000, 100), (100, 3), (2, 2)])
def test_the_last_calls_are_kept_for_what_is_essential(limit: int, kept_back: int) -> None:
    assert ceiling(limit, essential=True) - ceiling(limit, essential=False) == kept_back


@given(limit=st.integers(1, 200), share=st.integers(0, 200))
def test_frames_leave_room_for_what_is_urgent(limit: int, share: int) -> None:
    assert min(share, 1) <= spare_calls(share) <= share
    assert 1 <= trickle(limit) <= ahead_of_need(limit) <= limit
