"""Function Compute's bill: seconds of instances → CU → CNY. Pure.

Source: Function Compute, "Billing overview" (billing-overview-of-fc): CU = use × factor, summed per function
and hour and rounded up.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.cost.prices import FunctionComputePrices, Tier

_MB = 1_024


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """Of one instance.

    vcpu: 0.05 to 16; memory: MB, 128 to 32 768, 1 to 4 GB a vCPU; disk: MB.

    Raises:
        ConfigurationError: Function Compute does not offer such an instance.
    """

    vcpu: float
    memory: int
    disk: int = 512

    def __post_init__(self) -> None:
        if not (0.05 <= self.vcpu <= 16 and 128 <= self.memory <= 32_768):  # noqa: PLR2004 - stand in the docstring
            raise ConfigurationError(
                f"There is no instance of {self.vcpu:g} vCPU and {self.memory} MB. "
                "Give 0.05 to 16 vCPU and 128 to 32768 MB."
            )
        if not 1 <= self.memory / _MB / self.vcpu <= 4:  # noqa: PLR2004 - as above
            raise ConfigurationError(
                f"{self.memory} MB do not go with {self.vcpu:g} vCPU. Give 1 to 4 GB for a vCPU."
            )


#: As deployed; tests/unit/cost holds them against infra/s.yaml and infra/answer_functions/console.yaml.
ANSWER = Size(vcpu=0.5, memory=512)
CALLBACK = Size(vcpu=0.25, memory=256)
HOUSEKEEPING = Size(vcpu=0.25, memory=256)
CONSOLE = Size(vcpu=0.25, memory=512)


def active_cu(prices: FunctionComputePrices, size: Size, *, seconds: float, invocations: float) -> float:
    """CU of instances that work for `seconds` altogether."""
    return (
        prices.active_vcpu.of(size.vcpu * seconds)
        + kept_cu(prices, size, seconds=seconds)
        + prices.invocation.of(invocations)
    )


def kept_cu(prices: FunctionComputePrices, size: Size, *, seconds: float) -> float:
    """CU of keeping memory and disk for `seconds`, busy or not, beside those of the vCPU."""
    disk = max(0.0, size.disk / _MB - prices.free_disk.amount)
    return prices.memory.of(size.memory / _MB * seconds) + prices.disk.of(disk * seconds)


def rounded_up(cu: float, hours: float) -> float:
    """CU of one function over equal hours, each rounded up."""
    return math.ceil(round(cu / hours, 6)) * hours


def cny(tiers: Sequence[Tier], cu: float) -> float:
    """What a month's CU cost; each tier's price holds for the CU inside it."""
    total, below = 0.0, 0
    for tier in tiers:
        top = cu if tier.up_to_cu is None else min(cu, tier.up_to_cu)
        total += tier.price.of(max(0.0, top - below))
        below = tier.up_to_cu or below
    return total
