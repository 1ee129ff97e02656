"""How many answers are in flight, and how long instances are billed for them."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.cost import Load
from rag_on_dingtalk.errors import ConfigurationError

LOADS = st.builds(
    Load,
    questions=st.integers(1, 5_000_000),
    seconds=st.floats(0.1, 300),
    hours=st.floats(10, 730),
    peak=st.floats(1, 10),
)


def billed_seconds(load: Load, concurrency: int, *, seed: int) -> float:
    """What really happens: questions one by one, each to the first instance that has room."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    running: list[list[float]] = []  # the ends of each instance's answers
    since: list[float] = []
    billed = now = 0.0
    while (now := now + chance.expovariate(load.arrivals)) < load.busy_seconds:
        for index, ends in enumerate(running):
            if ends and max(ends) <= now:
                billed += max(ends) - since[index]
            ends[:] = [end for end in ends if end > now]
        free = next((index for index, ends in enumerate(running) if len(ends) < concurrency), None)
        if free is None:
            running.append([])
            since.append(0.0)
            free = len(running) - 1
        if not running[free]:
            since[free] = now
        running[free].append(now + chance.expovariate(1 / load.seconds))
    return billed + sum(max(ends) - start for ends, start in zip(running, since, strict=True) if ends)


def test_one_answer_an_instance_is_billed_for_every_second_of_every_answer() -> None:
    assert Load(questions=30_000, seconds=12).instance_seconds(1) == 360_000


def test_as_long_as_one_instance_is_enough_it_is_billed_while_it_has_an_answer() -> None:
    load = Load(questions=30_000, seconds=12, hours=176)
    busy_share = 1 - math.exp(-load.in_flight)

    assert load.instance_seconds(20) == pytest.approx(load.busy_seconds * busy_share)


@pytest.mark.parametrize(("questions", "hours"), [(568, 10), (5_680, 10)])
def test_the_formula_agrees_with_questions_played_one_by_one(questions: int, hours: float) -> None:
    load = Load(questions=questions, seconds=12, hours=hours, peak=1)

    assert billed_seconds(load, 20, seed=1) == pytest.approx(load.instance_seconds(20), rel=0.03)


def test_with_several_instances_the_formula_is_at_most_a_third_too_low() -> None:
    load = Load(questions=20_000, seconds=12, hours=4, peak=1)

    assert 1 <= billed_seconds(load, 20, seed=1) / load.instance_seconds(20) <= 4 / 3


@given(load=LOADS, concurrency=st.integers(1, 200))
def test_sharing_never_costs_more_and_never_less_than_perfect_sharing(load: Load, concurrency: int) -> None:
    seconds = load.instance_seconds(concurrency)
    alone = load.instance_seconds(1)

    assert alone / concurrency * 0.999 <= seconds <= alone * 1.001


@given(load=LOADS)
def test_the_busiest_hour_has_at_least_the_average_in_flight(load: Load) -> None:
    assert load.peak_in_flight >= math.floor(load.in_flight)


@pytest.mark.parametrize("questions", [1, 100, 100_000_000])
@pytest.mark.parametrize("seconds", [0.1, 12, 3_600])
def test_the_ends_of_the_ranges_are_computed(questions: int, seconds: float) -> None:
    assert Load(questions=questions, seconds=seconds, hours=730).instance_seconds(20) > 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("questions", 0),
        ("questions", -5),
        ("questions", 10**12),
        ("seconds", 0.0),
        ("seconds", -1.0),
        ("seconds", math.nan),
        ("seconds", math.inf),
        ("hours", 0.0),
        ("hours", 731.0),
        ("peak", 0.5),
        ("peak", math.nan),
    ],
)
def test_nonsense_is_refused_with_the_range(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name} is .*Give a number from"):
        Load(**{"questions": 30_000, "seconds": 12.0, name: value})  # type: ignore[arg-type]


def test_the_busiest_hour_cannot_have_more_than_all_questions() -> None:
    with pytest.raises(ConfigurationError, match="peak"):
        Load(questions=100, seconds=12, hours=2, peak=3)
