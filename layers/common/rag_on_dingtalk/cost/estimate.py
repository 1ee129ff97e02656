"""A month's estimate: every meter, the other ways to run the answers, and DingTalk's plan. Pure."""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.cost.answers import Alternative, Choices, alternatives, break_even
from rag_on_dingtalk.cost.bill import Meter, meters
from rag_on_dingtalk.cost.dingtalk import WAYS, Use, use_of
from rag_on_dingtalk.cost.load import Load, within
from rag_on_dingtalk.cost.prices import Prices


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Of one month.

    break_even: questions a month at which async_answer costs what `Choices.server` does; None: none given, or
        never.
    """

    load: Load
    choices: Choices
    prices: Prices
    meters: tuple[Meter, ...]
    alternatives: tuple[Alternative, ...]
    break_even: int | None
    uses: tuple[Use, ...]

    def total(self, currency: str) -> float:
        """Of the meters with a known price."""
        return sum(meter.amount or 0 for meter in self.meters if meter.currency == currency)


def estimate(load: Load, choices: Choices, prices: Prices) -> Estimate:
    """What `load` costs.

    Raises:
        ConfigurationError: the first words come after the answer's end.
    """
    within("first-piece", choices.first_piece, 0, load.seconds, "seconds, and not longer than the answer")
    return Estimate(
        load=load,
        choices=choices,
        prices=prices,
        meters=meters(load, choices, prices),
        alternatives=alternatives(load, choices, prices.function_compute),
        break_even=break_even(load, choices, prices.function_compute),
        uses=tuple(use_of(prices.dingtalk, load, way, first_piece=choices.first_piece) for way in WAYS),
    )
