"""`make test-random` keeps the machine busy, ends what it started, and tells which order failed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests import random_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_busy_programs_are_ended_and_no_other() -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with random_order.busy(2) as pids:
        assert [alive(pid) for pid in pids] == [True, True]

    assert [alive(pid) for pid in pids] == [False, False]
    assert other.poll() is None
    other.communicate(b"\n")


def test_a_failing_run_is_told_by_its_seed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds: list[int] = []

    def run(seed: int, tests: Sequence[str]) -> int:
        assert tests == ["tests/unit"]
        seeds.append(seed)
        return int(seed == 8)

    monkeypatch.setattr(random_order, "run", run)

    assert random_order.main(["--runs", "3", "--hogs", "0", "--seed", "7", "tests/unit"]) == 1
    assert seeds == [7, 8, 9]
    assert "2 of 3 runs were clean 8" in capsys.readouterr().out
