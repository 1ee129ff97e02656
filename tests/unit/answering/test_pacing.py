from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.answering.pacing import Mode, next_frame_due


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
