"""Answers that overlap share an instance: what a thousand of them cost."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.cost import Choices, Load, load_prices
from rag_on_dingtalk.cost.bill import meters


@pytest.mark.parametrize("concurrency", [20, 60])
def test_a_thousand_answers_of_twenty_seconds_of_which_ten_overlap_cost_thirteen_fen(
    concurrency: int,
) -> None:
    thousands, seconds, overlapping = 10, 20.0, 10
    questions = thousands * 1_000
    load = Load(
        questions=questions, seconds=seconds, hours=questions * seconds / overlapping / 3_600, peak=1.0
    )

    billed = meters(load, Choices(concurrency=concurrency), load_prices())

    assert load.in_flight == pytest.approx(overlapping)
    answering = next(one for one in billed if one.name == "async_answer")
    assert answering.amount is not None
    assert 0.12 <= answering.amount / thousands <= 0.13
