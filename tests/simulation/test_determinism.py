"""The same seed gives the same trace, event by event, in every process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from devserver.settings import LIBRARY, ROOT
from devserver.simulation.plan.draw import draw_plan
from devserver.simulation.plan.recipes import RECIPES
from devserver.simulation.schedule import run

_PROGRAM = """
import hashlib
from devserver.simulation.plan.draw import draw_plan
from devserver.simulation.books.report import story
from devserver.simulation.schedule import run
for seed in range(1, 25):
    told = "\\n".join(story(run(draw_plan(seed)), everything=True))
    print(seed, hashlib.sha256(told.encode()).hexdigest())
"""


def test_a_trace_does_not_depend_on_the_hash_seed() -> None:
    traces = [
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.pathsep.join((str(LIBRARY), str(ROOT))),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "4242")
    ]

    assert len(traces[0].splitlines()) == 24
    assert traces[0] == traces[1] == traces[2]


@pytest.mark.parametrize("seed", [5, 14, 21])
def test_a_schedule_does_not_depend_on_the_ones_before_it(seed: int) -> None:
    # In two of them a scope is cancelled that holds several: their addresses once decided which comes first.
    alone = run(draw_plan(seed)).events
    for other in range(1, 12):
        run(draw_plan(other))

    assert run(draw_plan(seed)).events == alone


def test_every_recipe_is_drawn() -> None:
    assert {draw_plan(seed).recipe for seed in range(600)} == {one.name for one in RECIPES if one.weight}
