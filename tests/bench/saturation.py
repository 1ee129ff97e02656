"""A hundred questions at once and DingTalk's 20 calls a second: how long people wait, on a virtual clock.

Two to eight processes share the second through the code that is deployed; only time is made up, so that the
numbers are the same on every machine.
"""

from __future__ import annotations

import random

from tests.bench.table import print_table, quantile
from tests.unit.delivery.shared_second import Fleet

QUESTIONS, SECONDS = 100, 1.0
PROCESSES = (1, 2, 3, 5, 8)


def measure(processes: int) -> tuple[list[int], list[int], int, int]:
    """How long each card and each answer took, in ms; the busiest second; requests to Tablestore."""
    # The pauses between two looks are drawn.
    random.seed(processes)
    fleet = Fleet(seed=7)
    fleet.dingtalk.way, fleet.dingtalk.carrying_out = (0.02, 0.05), (0.03, 0.05)
    quotas = [fleet.process(f"p{n}") for n in range(processes)]
    done = fleet.run(
        *(
            fleet.answer(quotas[n % processes], at=n % processes / 10, seconds=SECONDS)
            for n in range(QUESTIONS)
        )
    )
    stood, closed = zip(*done, strict=True)
    return list(stood), list(closed), fleet.dingtalk.busiest_second, len(fleet.rows.calls)


def report() -> dict[str, float]:
    """Print the table; returns what a later run is compared by."""
    found = {processes: measure(processes) for processes in PROCESSES}
    print_table(
        f"{QUESTIONS} questions at once, 20 calls a second, an API of 80 ms, answers of {SECONDS:g} s: "
        "seconds on a virtual clock",
        ("processes", "card p95", "card last", "answer p95", "answer last", "busiest second", "Tablestore"),
        [
            (
                f"{processes}",
                f"{quantile(stood, 0.95) / 1000:.1f}",
                f"{max(stood) / 1000:.1f}",
                f"{quantile(closed, 0.95) / 1000:.1f}",
                f"{max(closed) / 1000:.1f}",
                f"{busiest}",
                f"{requests}",
            )
            for processes, (stood, closed, busiest, requests) in found.items()
        ],
    )
    return {
        f"saturation, {processes} processes: answer p95 to the least possible": quantile(closed, 0.95) / 5_000
        for processes, (_, closed, _, _) in found.items()
    }
