"""The estimate, its report and its command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.cost import Choices, Estimate, Load, estimate, load_prices, report
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

PRICES = load_prices()


def of(questions: int, choices: Choices | None = None, **load: float) -> Estimate:
    return estimate(Load(questions=questions, **{"seconds": 12.0, **load}), choices or Choices(), PRICES)


def test_a_busy_bot_gains_from_sharing_and_a_quiet_one_does_not() -> None:
    busy, quiet = of(1_000_000).alternatives, of(100).alternatives

    assert busy[1].cny < busy[0].cny / 10
    assert quiet[1].cny == quiet[0].cny


@pytest.mark.parametrize("questions", [1, 1_000, 30_000, 1_000_000])
def test_an_instance_that_never_rests_costs_most(questions: int) -> None:
    _, shared, warm, always = of(questions).alternatives

    assert shared.cny < warm.cny < always.cny


def test_next_to_nobody_asking_costs_next_to_nothing() -> None:
    assert of(1).total("CNY") < 0.5


def test_the_bill_is_the_sum_of_its_known_prices() -> None:
    answer = of(30_000)

    assert answer.total("CNY") == pytest.approx(
        sum(meter.amount for meter in answer.meters if meter.currency == "CNY" and meter.amount is not None)
    )
    assert {meter.name for meter in answer.meters if meter.amount is None} == {"writes", "ingest"}


def test_the_deployed_way_is_the_one_in_the_bill() -> None:
    answer = of(30_000)

    assert answer.alternatives[1].cu == answer.meters[0].quantity


def test_at_the_break_even_the_own_server_and_function_compute_cost_the_same() -> None:
    choices = Choices(server=60.0)
    even = of(1_000, choices).break_even

    assert even is not None
    assert of(even, choices).alternatives[1].cny == pytest.approx(60, rel=0.01)


def test_a_server_that_costs_more_than_any_load_is_never_cheaper() -> None:
    assert of(1_000, Choices(server=1_000_000.0)).break_even is None


def test_the_report_marks_what_is_not_confirmed_and_what_is_not_known() -> None:
    text = report(of(30_000))

    assert "Prices of 2026-08." in text
    assert re.search(r"async_answer +158,224 CU +17\.40 CNY \?$", text, re.MULTILINE)
    assert re.search(r"reads +714,000 read CU +0\.71 CNY$", text, re.MULTILINE)
    assert re.search(r"writes +510,000 write CU +-$", text, re.MULTILINE)
    assert "without Tablestore writes, Log Service ingest" in text


def test_the_report_warns_when_the_busiest_hour_is_faster_than_dingtalk_allows() -> None:
    assert "Mind:" not in report(of(30_000))
    assert "live makes" in report(of(3_000_000))


def test_the_report_says_from_when_a_server_of_ones_own_is_cheaper() -> None:
    assert re.search(r"cheaper from [\d,]+ questions", report(of(30_000, Choices(server=60.0))))
    assert "does not become cheaper" in report(of(30_000, Choices(server=1_000_000.0)))


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 201}, "concurrency"),
        ({"first_piece": -1.0}, "first-piece"),
        ({"server": -1.0}, "server"),
        ({"server": float("nan")}, "server"),
    ],
)
def test_choices_that_make_no_sense_are_refused(choices: dict[str, float], told: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{told}"):
        Choices(**choices)  # type: ignore[arg-type]


def test_the_first_words_cannot_come_after_the_end() -> None:
    with pytest.raises(ConfigurationError, match="not longer than the answer"):
        of(1_000, Choices(first_piece=13.0))


def test_the_command_prints_the_report(
    run: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    run("cost --questions 30000 --seconds 12 --server-price 60")

    assert capsys.readouterr().out.strip() == report(of(30_000, Choices(server=60.0))).strip()


@pytest.mark.parametrize("words", ["cost", "cost --questions many", "cost --questions 1.5"])
def test_the_command_explains_how_it_is_called(
    run: Callable[[str], None], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(words)

    assert ended.value.code == 2
    assert "--questions" in capsys.readouterr().err
