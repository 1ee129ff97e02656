"""An estimate as text for a terminal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.cost.console import console_uses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag_on_dingtalk.cost.bill import Meter
    from rag_on_dingtalk.cost.dingtalk import Use
    from rag_on_dingtalk.cost.estimate import Estimate

#: From here on decimals say nothing; below, an amount is nothing.
_WHOLE, _SHOWN = 100, 0.005

_LOOKS = {
    "live": "card, a frame a second (live)",
    "economical": "card, six frames at most (economical)",
    "final": "card, only when finished (final)",
    "message": "one message, no card (card: null)",
}


def report(estimate: Estimate) -> str:
    """The whole of it, ready to be printed."""
    parts = (
        _asked(estimate),
        told_bill("A month", estimate.meters),
        _otherwise(estimate),
        _console(estimate),
        _plans(estimate),
    )
    return "\n\n".join("\n".join(lines) for lines in parts)


def _asked(estimate: Estimate) -> Iterator[str]:
    load = estimate.load
    yield (
        f"{load.questions:,} questions a month, {load.seconds:g} s each, within {load.hours:g} hours: "
        f"{load.in_flight:.2f} in flight on average, {load.overlap:.2f} while there is any; "
        f"up to {load.peak_in_flight} in the busiest hour."
    )
    yield (
        f"Prices of {estimate.prices.date}. "
        "?: not confirmed. -: no price was found, so it is missing from the total."
    )


def told_bill(title: str, meters: Sequence[Meter]) -> Iterator[str]:
    """The lines of a bill."""
    yield _columns(title, "quantity", "unit", "cost")
    service = ""
    for meter in meters:
        if meter.service != service:
            service = meter.service
            yield service
        quantity = f"{meter.quantity:,.{0 if meter.quantity >= _WHOLE else 2}f}"
        yield _columns(f"  {meter.name}", quantity, meter.unit, _amount(meter))
    unknown = [f"{meter.service} {meter.name}" for meter in meters if meter.amount is None]
    without = f"   without {', '.join(unknown)}" if unknown else ""
    currencies = dict.fromkeys(meter.currency for meter in meters)
    amounts = [
        (sum(meter.amount or 0 for meter in meters if meter.currency == currency), currency)
        for currency in currencies
    ]
    doubt = " ?" if any(not meter.confirmed for meter in meters) else ""
    total = " + ".join(f"{amount:,.2f} {currency}" for amount, currency in amounts if amount >= _SHOWN)
    yield f"Total: {total}{doubt}{without}"


def _otherwise(estimate: Estimate) -> Iterator[str]:
    doubt = "" if all(tier.price.confirmed for tier in estimate.prices.function_compute.tiers) else " ?"
    yield _columns("async_answer, otherwise", "quantity", "unit", "cost")
    for way in estimate.alternatives:
        quantity, unit = ("", "") if way.cu is None else (f"{way.cu:,.0f}", "CU")
        cost = f"{way.cny:,.2f} CNY" + ("" if way.cu is None else doubt)
        yield _columns(f"  {way.name}", quantity, unit, cost)
    if estimate.choices.server is None:
        yield "  --server-price N names the questions a month from which your own server is cheaper."
    elif estimate.break_even is None:
        yield "  Your own server does not become cheaper, however many questions come."
    else:
        yield f"  Your own server is cheaper from {estimate.break_even:,} questions a month."


def _console(estimate: Estimate) -> Iterator[str]:
    prices = estimate.prices.function_compute
    doubt = "" if all(tier.price.confirmed for tier in prices.tiers) else " ?"
    yield _columns("The console, where bots.yaml has one", "quantity", "unit", "cost")
    for use in console_uses(prices):
        cost = f"{use.cny:,.3f} CNY" + (doubt if use.cu else "")
        yield _columns(f"  {use.name}", f"{use.cu:,.0f}", "CU", cost)


def _plans(estimate: Estimate) -> Iterator[str]:
    prices = estimate.prices.dingtalk
    yield f"{'DingTalk, by way of answering':<40} {'calls each':>10} {'calls':>11} {'pushes':>9}  plan"
    for use in estimate.uses:
        yield (
            f"  {_LOOKS[use.way]:<38} {use.calls_per_answer:>10} {use.calls:>11,} {use.pushes:>9,}  "
            f"{use.plan.name if use.plan else 'more than any plan has: ask DingTalk'}"
        )
    yield _room("Answers a month that fit into", [use.way for use in estimate.uses])
    for plan in prices.plans:
        yield _room(
            f"  {plan.calls:,} calls, {plan.pushes:,} pushes",
            [f"{use.answers_on(plan):,}" for use in estimate.uses],
            f"{plan.name}, {plan.price.date}",
        )
    limit = prices.calls_per_second.amount
    for use in estimate.uses:
        if use.peak_rate > limit:
            yield _too_fast(use, limit)


def _room(quotas: str, answers: Sequence[str], plan: str = "") -> str:
    return f"{quotas:<34}{''.join(f'{count:>11}' for count in answers)}  {plan}".rstrip()


def _too_fast(use: Use, limit: float) -> str:
    return (
        f"  Mind: {use.way} makes {use.peak_rate:.0f} streaming calls a second in the busiest hour, "
        f"and DingTalk takes {limit:g}."
    )


def _amount(meter: Meter) -> str:
    if meter.amount is None:
        return "-"
    return f"{meter.amount:,.2f} {meter.currency}" + ("" if meter.confirmed else " ?")


def _columns(name: str, quantity: str, unit: str, cost: str) -> str:
    return f"{name:<44} {quantity:>11} {unit:<9} {cost:>16}".rstrip()
