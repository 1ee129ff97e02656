"""Running async_answer: what it costs as deployed, and what the other ways would cost. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.cost.function_compute import ANSWER, Size, active_cu, cny, kept_cu, rounded_up
from rag_on_dingtalk.cost.load import MONTH_HOURS, MOST_QUESTIONS, Load, within

if TYPE_CHECKING:
    from rag_on_dingtalk.cost.prices import FunctionComputePrices

_MONTH_SECONDS = MONTH_HOURS * 3_600


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides.

    concurrency: answers that may share an instance; size: of async_answer's instances.
    first_piece: seconds until the backend's first words.
    server: CNY a month of a server of yours to compare with; it would have to carry the busiest hour.

    Raises:
        ConfigurationError: a number is out of its range.
    """

    concurrency: int = 60
    size: Size = ANSWER
    first_piece: float = 3.0
    server: float | None = None

    def __post_init__(self) -> None:
        within("concurrency", self.concurrency, 1, 200, "answers an instance")
        within("first-piece", self.first_piece, 0, 3_600, "seconds")
        if self.server is not None:
            within("server", self.server, 0, 1_000_000, "CNY a month")


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """Another way to run async_answer; everything else would cost the same.

    cu: None where Function Compute does not send the bill.
    """

    name: str
    cu: float | None
    cny: float


def answer_cu(load: Load, choices: Choices, prices: FunctionComputePrices, concurrency: int) -> float:
    """CU of async_answer when `concurrency` answers share an instance."""
    return rounded_up(
        active_cu(
            prices,
            choices.size,
            seconds=load.instance_seconds(concurrency),
            invocations=load.questions,
        ),
        load.hours,
    )


def alternatives(load: Load, choices: Choices, prices: FunctionComputePrices) -> tuple[Alternative, ...]:
    """The ways to run async_answer, the deployed one second."""
    shared = choices.concurrency
    servers = max(1, math.ceil(load.peak_in_flight / shared))
    first_busy = load.busy_seconds * -math.expm1(-load.in_flight)
    warm = answer_cu(load, choices, prices, shared) + (
        kept_cu(prices, choices.size, seconds=_MONTH_SECONDS - first_busy)
        + prices.idle_vcpu.of(choices.size.vcpu * (_MONTH_SECONDS - first_busy))
    )
    always = active_cu(prices, choices.size, seconds=servers * _MONTH_SECONDS, invocations=load.questions)
    ways = [
        ("one answer an instance", answer_cu(load, choices, prices, 1)),
        (f"up to {shared} share an instance, as above", answer_cu(load, choices, prices, shared)),
        ("the same, one instance kept warm", warm),
        (f"always on: {servers} of these at work all month", always),
    ]
    billed = tuple(Alternative(name=name, cu=cu, cny=cny(prices.tiers, cu)) for name, cu in ways)
    if choices.server is None:
        return billed
    return (*billed, Alternative(name="always on: your own server", cu=None, cny=choices.server))


def break_even(load: Load, choices: Choices, prices: FunctionComputePrices) -> int | None:
    """Questions a month at which async_answer costs what the server does; None: no server given, or never."""
    if choices.server is None:
        return None
    low, high = 1, MOST_QUESTIONS
    if _answers_cny(load, choices, prices, high) < choices.server:
        return None
    # More questions never cost less.
    while low < high:
        middle = (low + high) // 2
        if _answers_cny(load, choices, prices, middle) < choices.server:
            low = middle + 1
        else:
            high = middle
    return low


def _answers_cny(load: Load, choices: Choices, prices: FunctionComputePrices, questions: int) -> float:
    asked = msgspec.structs.replace(load, questions=questions)
    return cny(prices.tiers, answer_cu(asked, choices, prices, choices.concurrency))
