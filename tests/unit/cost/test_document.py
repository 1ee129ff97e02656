"""docs/cost.md shows what the command says today."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.cost import Load, load_prices
from tests.bench import cost_plot

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")


def test_the_sample_is_what_the_command_prints(
    run: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = re.search(
        r"```\n.venv/bin/python -m rag_on_dingtalk (.+)\n```.+?```text\n(.+?)\n```", DOCUMENT, re.DOTALL
    )
    assert shown is not None

    run(shown[1])

    assert capsys.readouterr().out.strip() == shown[2].strip()


def test_the_picture_is_drawn_from_todays_prices() -> None:
    assert cost_plot.draw(load_prices()) == cost_plot.OUTPUT.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("questions", "ratio"), [(10_000, r"both curves are one"), (1_000_000, r"at a million an eighteenth")]
)
def test_what_is_read_from_the_picture_is_in_it(questions: int, ratio: str) -> None:
    alone, shared, *_ = cost_plot.costs(questions, load_prices())

    assert ratio in DOCUMENT.replace("\n", " ")
    assert (alone / shared < 1.15) if questions == 10_000 else (18 < alone / shared < 19)


def test_sharing_halves_the_bill_of_a_hundred_thousand_questions() -> None:
    alone, shared, *_ = cost_plot.costs(100_000, load_prices())

    assert shared < alone / 2
    assert Load(questions=100_000, seconds=cost_plot.SECONDS).overlap > 2
