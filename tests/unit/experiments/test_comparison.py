"""Two arms compared, against computations of another kind; and when the guard says stop."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.models.experiments import ExperimentStatus, arm_text, arms_of
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.observability.experiments.comparison import compare, worse
from rag_on_dingtalk.observability.experiments.counts import ArmCounts, counts_of_arm, read_counts
from rag_on_dingtalk.observability.experiments.proportions import at_least, two_proportions
from rag_on_dingtalk.observability.experiments.status_text import status_of


def by_chi_square(count: int, of: int, other: int, other_of: int) -> float:
    """Pearson's chi-square of the four fields, whose root is the z of the pooled test."""
    fields = ((count, of - count), (other, other_of - other))
    total = of + other_of
    chi = 0.0
    for row, size in zip(fields, (of, other_of), strict=True):
        for column, found in enumerate(row):
            expected = size * (fields[0][column] + fields[1][column]) / total
            chi += (found - expected) ** 2 / expected
    return math.erfc(math.sqrt(chi / 2))


@given(st.data())
def test_the_test_of_two_shares_agrees_with_the_four_field_table(data: st.DataObject) -> None:
    of, other_of = data.draw(st.integers(50, 5_000)), data.draw(st.integers(50, 5_000))
    count, other = data.draw(st.integers(1, of - 1)), data.draw(st.integers(1, other_of - 1))

    assert two_proportions(count, of, other, other_of) == pytest.approx(
        by_chi_square(count, of, other, other_of), abs=1e-9
    )


def test_the_test_is_wrong_as_often_as_it_says() -> None:
    random = Random(7)  # noqa: S311 - repeatable
    wrong = 0
    for _ in range(2_000):
        one, other = (sum(random.random() < 0.2 for _ in range(120)) for _ in range(2))
        wrong += two_proportions(one, 120, other, 120) < 0.05
    assert 0.03 < wrong / 2_000 < 0.07


@pytest.mark.parametrize("shares", [(0, 0, 3, 50), (0, 50, 0, 50), (50, 50, 50, 50)])
def test_without_questions_or_without_any_difference_nothing_is_proven(
    shares: tuple[int, int, int, int],
) -> None:
    assert two_proportions(*shares) == 1.0


@given(st.integers(1, 2_000), st.data())
def test_the_bound_is_where_the_sample_would_just_be_possible(of: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, of))
    low = at_least(count, of, confidence=0.99)

    # By definition of Wilson's bound: the sample lies 2.326 standard deviations of that share above it.
    assert 0 < low < count / of
    assert (count / of - low) / math.sqrt(low * (1 - low) / of) == pytest.approx(2.3263, abs=1e-3)


def arm(asked: int, *, failed: int = 0, nothing_found: int = 0, disliked: int = 0) -> ArmCounts:
    answered = asked - failed - nothing_found
    return ArmCounts(answered=answered, failed=failed, nothing_found=nothing_found, disliked=disliked)


def test_nothing_is_tested_before_both_arms_have_fifty_questions() -> None:
    few, enough = compare(arm(49, failed=30), arm(500)), compare(arm(50, failed=30), arm(500))

    assert not few.tested
    assert {one.p for one in few.differences} == {None}
    assert enough.tested
    assert {one.measure for one in enough.differences if one.significant} == {"failed", "bad"}


@pytest.mark.parametrize("share", [1.0, 0.6, 0.4, 0.3, 0.25])
@pytest.mark.parametrize("kind", ["failed", "nothing_found", "disliked"])
def test_the_guard_trips_within_twenty_bad_answers(share: float, kind: str) -> None:
    stable = arm(400, failed=8, nothing_found=8)
    for bad in range(1, 21):
        canary = arm(math.ceil(bad / share), **{kind: bad})
        if told := worse(canary, stable, margin=0.1):
            assert told.startswith((kind, "bad"))
            return
    pytest.fail("20 bad answers, and the guard is silent")


def test_the_guard_needs_ten_questions_of_the_canary_and_no_stable_ones() -> None:
    assert worse(arm(9, failed=9), arm(500), margin=0.1) == ""
    assert worse(arm(12, failed=12), arm(0), margin=0.1)


def test_where_stable_fails_as_well_the_canary_is_not_to_blame() -> None:
    assert worse(arm(60, failed=55), arm(500, failed=460), margin=0.1) == ""


def test_a_canary_that_is_as_good_is_hardly_ever_stopped() -> None:
    random = Random(3)  # noqa: S311 - repeatable
    stopped = 0
    for _ in range(200):
        failed, stable = 0, arm(2_000, failed=160)
        for asked in range(1, 501):
            bad = random.random() < 0.08
            failed += bad
            if bad and worse(arm(asked, failed=failed), stable, margin=0.1):
                stopped += 1
                break
    assert stopped <= 4


def test_what_is_counted_can_be_read_again() -> None:
    event = QuestionEvent(turn_id="t1", bot="b", asked_ms=0, arm="e:canary", calls=3, prompt_tokens=5)
    events: list[tuple[QuestionEvent, dict[str, Any]]] = [
        (event, {"outcome": "answered", "total_ms": 4_000, "waited_ms": 1_000}),
        (event, {"outcome": "nothing_found", "total_ms": 2_000}),
        (event, {"outcome": "failed", "total_ms": 90_000}),
        (event, {"outcome": "stopped", "total_ms": 1}),
        (event, {"outcome": "refused"}),
    ]
    columns: dict[str, int] = {"disliked": 1}
    for one, more in events:
        for name, count in counts_of_arm(msgspec.structs.replace(one, **more)).items():
            columns[name] = columns.get(name, 0) + count

    counts = read_counts({**columns, "state": "of another row"})

    assert (counts.asked, counts.answered, counts.nothing_found, counts.failed) == (3, 1, 1, 1)
    assert (counts.bad, counts.calls, counts.tokens, counts.busy_ms) == (3, 9, 15, 95_000)
    # A failure's time says nothing about how fast answers are.
    assert sum(counts.buckets.values()) == 2
    assert 3_000 < counts.percentile_ms(0.95) <= 4_431


@given(st.dictionaries(st.sampled_from(["a", "新手册", "b.c"]), st.sampled_from(["canary", "stable"])))
def test_arms_are_read_as_they_are_written(arms: dict[str, str]) -> None:
    assert arms_of(arm_text(arms)) == arms  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "x", ":canary", "a:other", ",,", "a:canary:"])
def test_what_is_no_arm_is_passed_over(text: str) -> None:
    assert arms_of(text) == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_comparison_is_told_with_its_certainty(language: str) -> None:
    canary, stable = arm(200, failed=30), arm(1_800, failed=36, nothing_found=9)
    told = status_of("new-handbook", ExperimentStatus(), compare(canary, stable), language=language)  # type: ignore[arg-type]
    few = status_of("new-handbook", ExperimentStatus(), compare(arm(20), arm(30)), language=language)  # type: ignore[arg-type]

    assert "15.0%" in told
    assert "2.0%" in told
    assert "p=0.000" in told
    assert "50" in few
    assert "p=" not in few
