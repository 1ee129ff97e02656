"""The simulation notices when a rule of the claim protocol is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devserver.settings import LIBRARY
from tests.simulation.mutations import MOST_SCHEDULES, MUTATIONS, Mutation, mutated, simulate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_books_fail_when_a_rule_is_undone(mutation: Mutation, tmp_path: Path) -> None:
    library = mutated(tmp_path, mutation)

    done = simulate(library, schedules=MOST_SCHEDULES, seed=mutation.seed, recipe=mutation.recipe)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "BREACH" in done.stdout


def test_a_copy_in_which_nothing_is_undone_balances(tmp_path: Path) -> None:
    # Otherwise a broken copy would look like a mutation that was noticed.
    nothing = Mutation("nothing", (("worker/dispatcher.py", '"""One job', '"""Each job'),))
    library = mutated(tmp_path, nothing)

    done = simulate(library, schedules=50, recipe="calm")

    assert done.returncode == 0, done.stdout + done.stderr
    assert str(library) != str(LIBRARY)
