"""`cost --actual`: the sums of the counts, and the bill by the model of the estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.cli.operating.cost_actual import told
from rag_on_dingtalk.cost import Choices, Load, load_prices
from rag_on_dingtalk.cost.actual import bill_of, spent
from rag_on_dingtalk.cost.bill import HOUSEKEEPING_METER, meters
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.observability.events import QuestionEvent, counts_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PRICES, CHOICES = load_prices(None), Choices()
MONTH_DAYS = 730 / 24


def hour(
    number: int, questions: int, *, outcome: str = "answered", seconds: int = 12
) -> tuple[str, dict[str, int]]:
    """An hour with that many questions of a kind, counted as questions are."""
    event = QuestionEvent(
        turn_id="t",
        bot="b",
        asked_ms=0,
        outcome=outcome,
        total_ms=seconds * 1000,
        calls=6,
        prompt_tokens=900,
        completion_tokens=100,
    )
    counts = {name: count * questions for name, count in counts_of(event).items()}
    return f"2026-11-{number // 24 + 1:02d}T{number % 24:02d}", counts


def test_the_sums_are_those_of_the_counts() -> None:
    found = spent([hour(1, 10), hour(2, 5, outcome="nothing_found", seconds=6), hour(3, 2, outcome="failed")])

    assert (found.asked, found.answered, found.nothing_found, found.failed) == (17, 10, 5, 2)
    assert (found.calls, found.prompt_tokens, found.completion_tokens) == (102, 15_300, 1_700)
    assert (found.busy_hours, found.seconds) == (3, 10.0)


def test_a_month_that_went_as_estimated_costs_what_was_estimated() -> None:
    hours = [hour(number, 20) for number in range(176)]
    estimated = meters(Load(questions=3_520, seconds=12, hours=176), CHOICES, PRICES)

    billed = bill_of(spent(hours), CHOICES, PRICES, days=MONTH_DAYS)

    assert [one.name for one in billed] == [one.name for one in estimated]
    for one, other in zip(billed, estimated, strict=True):
        assert one.quantity == pytest.approx(other.quantity)
        assert one.amount == pytest.approx(other.amount) if other.amount else one.amount == other.amount


def test_days_without_a_question_cost_their_part_of_housekeeping_alone() -> None:
    (meter,) = bill_of(spent([]), CHOICES, PRICES, days=MONTH_DAYS / 10)
    (whole,) = bill_of(spent([]), CHOICES, PRICES, days=MONTH_DAYS)

    assert meter.name == HOUSEKEEPING_METER
    assert meter.quantity == pytest.approx(whole.quantity / 10)


def test_every_bot_has_a_line_and_all_together_one() -> None:
    hours = {"handbook": [hour(1, 10)], "team": [hour(1, 3)]}

    lines = list(told(hours, "2026-11-01", "2026-11-30", CHOICES, PRICES, days=30))

    assert lines[2].split()[:3] == ["handbook", "10", "10"]
    assert lines[4].split()[:6] == ["all", "13", "13", "0", "0", "78"]
    assert any(line.startswith("Total: ") for line in lines)
    # The same hour of two bots is one busy hour of the deployment.
    assert spent(one for found in hours.values() for one in found).busy_hours == 1


@pytest.mark.parametrize("words", ["cost --actual --days 0", "cost --actual --days 500"])
def test_days_that_make_no_sense_are_refused(
    run: Callable[[str], None], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="--days"):
        run(words)
