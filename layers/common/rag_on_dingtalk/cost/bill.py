"""The bill, meter by meter. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.cost.answers import Choices, answer_cu
from rag_on_dingtalk.cost.function_compute import CALLBACK, HOUSEKEEPING, active_cu, cny, rounded_up
from rag_on_dingtalk.cost.load import MONTH_HOURS, Load

if TYPE_CHECKING:
    from rag_on_dingtalk.cost.prices import Price, Prices

# What one question needs: capacity units as the local system counts them, for an answer and for each of its
# seconds (tests/scenario/operating/test_measured_cost.py, docs/cost.md); a callback on a quarter of a vCPU
# with its share of cold starts, and housekeeping, are estimates on the safe side.
_CALLBACK_SECONDS = 0.3
_HOUSEKEEPING_SECONDS = 2.0
_HOUSEKEEPING_RUNS = MONTH_HOURS * 6
READ_CU, READ_CU_PER_SECOND = 13.0, 0.9
WRITE_CU, WRITE_CU_PER_SECOND = 14.0, 0.25
#: The turn, 30 days, and the question's row, 400 days; sessions and counters are little beside them.
_KEPT_GB_HOURS = 5e-6 * 30 * 24 + 7e-7 * 400 * 24
#: Ours are 1 KB; the platform writes its own around them.
_LOG_GB = 3e-6

#: The only one that does not depend on the questions.
HOUSEKEEPING_METER = "housekeeping, asked or not"


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the bill.

    quantity: a month, in `unit`.
    amount: in `currency`; None: the price is not known.
    """

    service: str
    name: str
    quantity: float
    unit: str
    amount: float | None
    currency: str
    confirmed: bool


def meters(load: Load, choices: Choices, prices: Prices) -> tuple[Meter, ...]:
    """Everything that is billed, Function Compute first."""
    return (*_function_meters(load, choices, prices), *_other_meters(load, prices))


def _function_meters(load: Load, choices: Choices, prices: Prices) -> list[Meter]:
    fc = prices.function_compute
    callback = active_cu(fc, CALLBACK, seconds=load.questions * _CALLBACK_SECONDS, invocations=load.questions)
    housekeeping = active_cu(
        fc,
        HOUSEKEEPING,
        seconds=_HOUSEKEEPING_RUNS * _HOUSEKEEPING_SECONDS,
        invocations=_HOUSEKEEPING_RUNS,
    )
    used = {
        "async_answer": answer_cu(load, choices, fc, choices.concurrency),
        "callback": rounded_up(callback, load.hours),
        HOUSEKEEPING_METER: rounded_up(housekeeping, MONTH_HOURS),
    }
    each = cny(fc.tiers, sum(used.values())) / sum(used.values())
    confirmed = fc.free_disk.confirmed and all(tier.price.confirmed for tier in fc.tiers)
    return [
        Meter(
            service="Function Compute",
            name=name,
            quantity=cu,
            unit="CU",
            amount=cu * each,
            currency=fc.tiers[0].price.currency,
            confirmed=confirmed,
        )
        for name, cu in used.items()
    ]


def _other_meters(load: Load, prices: Prices) -> list[Meter]:
    asked, store = load.questions, prices.tablestore
    reads = asked * (READ_CU + READ_CU_PER_SECOND * load.seconds)
    writes = asked * (WRITE_CU + WRITE_CU_PER_SECOND * load.seconds)
    return [
        _meter("Tablestore", "reads", reads, store.read),
        _meter("Tablestore", "writes", writes, store.write),
        _meter("Tablestore", "storage", asked * _KEPT_GB_HOURS, store.storage),
        _meter("Log Service", "ingest", asked * _LOG_GB, prices.logs.ingest),
    ]


def _meter(service: str, name: str, quantity: float, price: Price) -> Meter:
    return Meter(
        service=service,
        name=name,
        quantity=quantity,
        unit=price.unit,
        amount=price.of(quantity),
        currency=price.currency,
        confirmed=price.confirmed,
    )
