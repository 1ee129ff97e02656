"""A short run: each question gets exactly one answer, whatever strikes. `make simulate` is the long one."""

from __future__ import annotations

import pytest

from devserver.settings import LIBRARY
from devserver.simulation.plan.draw import draw_plan
from devserver.simulation.schedule import run
from tests.simulation.mutations import simulate

#: Of a batch; the batches are spread over the cores.
_SCHEDULES = 100


def test_without_any_fault_the_books_balance() -> None:
    done = simulate(LIBRARY, schedules=50, recipe="calm")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("first_seed", range(1, 4 * _SCHEDULES, _SCHEDULES))
def test_under_every_kind_of_trouble_the_books_balance(first_seed: int) -> None:
    done = simulate(LIBRARY, schedules=_SCHEDULES, seed=first_seed)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("recipe", "seed"),
    [
        # A retry was refused a card, or the owner that had the turn beside a blind one: the card of the blind
        # owner, which had died, stayed open.
        ("blind_owner_dies", 7),
        ("blind_owner_dies", 13),
        ("blind_owner_dies", 216),
        ("blind_owner_dies", 803),
        # A blind second delivery closed the card that the turn's owner had finished.
        ("", 503031),
        # The job that looks for a late card looked half a second before the turn was recorded as finished.
        ("", 9005377),
    ],
)
def test_what_was_a_breach_once_balances(recipe: str, seed: int) -> None:
    assert run(draw_plan(seed, [recipe] if recipe else [])).books.breaches == ()


def test_writes_that_arrive_after_their_callers_gave_up_change_nothing() -> None:
    done = simulate(LIBRARY, schedules=50, recipe="late_writes")

    assert done.returncode == 0, done.stdout + done.stderr
