"""What the administrators' console costs: nothing while it sleeps. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.cost.evaluation import run_seconds
from rag_on_dingtalk.cost.function_compute import ANSWER, CONSOLE, active_cu, cny, rounded_up

if TYPE_CHECKING:
    from rag_on_dingtalk.cost.prices import FunctionComputePrices

#: A person reads a page for half a minute before opening the next one, which takes half a second
#: (docs/benchmarks.md). The instance is billed for the requests.
PAGES_AN_HOUR, _PAGE_SECONDS = 120, 0.5
#: Golden questions that are asked from it, of async_answer, whose instance does nothing else meanwhile.
_QUESTIONS = 40


class ConsoleUse(msgspec.Struct, frozen=True, kw_only=True):
    """One way to use it, for an hour.

    cu: of its function, rounded up for the hour as the bill is. cny: at the first tier's price.
    """

    name: str
    cu: float
    cny: float


def console_uses(prices: FunctionComputePrices) -> tuple[ConsoleUse, ...]:
    """Asleep, with one person at it, and at most; and a run that was begun on it."""
    reading = active_cu(prices, CONSOLE, seconds=PAGES_AN_HOUR * _PAGE_SECONDS, invocations=PAGES_AN_HOUR)
    asking = active_cu(prices, ANSWER, seconds=run_seconds(_QUESTIONS), invocations=2)
    always = active_cu(prices, CONSOLE, seconds=3_600, invocations=3_600)
    hours = (
        ("asleep", 0.0),
        (f"an hour of use, {PAGES_AN_HOUR} pages", reading),
        ("an hour that never rests, at most", always),
        (f"a run of {_QUESTIONS} golden questions", asking),
    )
    return tuple(
        ConsoleUse(name=name, cu=rounded_up(cu, 1), cny=cny(prices.tiers, rounded_up(cu, 1)))
        for name, cu in hours
    )
