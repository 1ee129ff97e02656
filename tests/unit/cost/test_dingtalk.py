"""What an answer needs of a DingTalk plan."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.cost import Load, load_prices
from rag_on_dingtalk.cost.dingtalk import Way, frames_of, use_of

PRICES = load_prices().dingtalk


@pytest.mark.parametrize(
    ("seconds", "live", "economical"),
    [(0.0, 0, 0), (0.3, 1, 1), (10.0, 10, 4), (28.0, 28, 5), (300.0, 300, 6)],
)
def test_frames_are_those_that_the_bots_pace_sends(seconds: float, live: int, economical: int) -> None:
    assert (frames_of("live", seconds), frames_of("economical", seconds)) == (live, economical)
    assert frames_of("final", seconds) == 0


@pytest.mark.parametrize(
    ("way", "calls"), [("live", 2 + 12), ("economical", 2 + 4), ("final", 2), ("message", 0)]
)
def test_a_card_costs_its_creation_its_frames_and_its_end(way: Way, calls: int) -> None:
    use = use_of(PRICES, Load(questions=100, seconds=14), way, first_piece=2)

    assert (use.calls_per_answer, use.calls, use.pushes) == (calls, calls * 100, 100)


@pytest.mark.parametrize(
    ("questions", "way", "plan"),
    [
        (800, "economical", "Standard (标准版)"),
        (900, "economical", "Professional (专业版)"),
        (900, "final", "Standard (标准版)"),
        # Calls would do, but every question is a push.
        (3_001, "message", "Professional (专业版)"),
        (60_000, "message", "an add-on pack"),
    ],
)
def test_the_smallest_plan_that_is_enough_is_named(questions: int, way: Way, plan: str) -> None:
    use = use_of(PRICES, Load(questions=questions, seconds=12), way, first_piece=2)

    assert use.plan is not None
    assert use.plan.name == plan
    assert use.answers_on(use.plan) >= questions


def test_more_than_the_largest_quota_has_no_plan() -> None:
    assert use_of(PRICES, Load(questions=600_000, seconds=12), "message", first_piece=2).plan is None


def test_the_busiest_hours_streaming_calls_are_counted_without_the_cards_creation() -> None:
    load = Load(questions=36_000, seconds=12, hours=10, peak=2)

    assert use_of(PRICES, load, "economical", first_piece=2).peak_rate == pytest.approx(1 * 2 * 5)
