from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.dingtalk.stream.timing import Timing, pause_after, rotation_after


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - jitter


failures = st.integers(1, 10_000)
seeds = st.integers()


@given(failures, seeds)
def test_a_pause_grows_to_a_minute_and_no_further(failed: int, seed: int) -> None:
    pause = pause_after(failed, Timing(), seeded(seed))

    assert 0 <= pause <= min(2.0 ** (failed - 1 if failed < 7 else 6), 60.0)


@given(failures, seeds)
def test_refused_credentials_are_tried_no_sooner_than_after_a_minute(failed: int, seed: int) -> None:
    assert 60.0 <= pause_after(failed, Timing(), seeded(seed), refused=True) <= 300.0


def test_two_replicas_do_not_come_back_together() -> None:
    pauses = {pause_after(5, Timing(), seeded(seed)) for seed in range(50)}

    assert len(pauses) == 50
    assert max(pauses) - min(pauses) > 8


@given(seeds)
def test_a_connection_is_kept_for_about_four_hours(seed: int) -> None:
    assert 3 * 3600 <= rotation_after(Timing(), seeded(seed)) <= 5 * 3600
