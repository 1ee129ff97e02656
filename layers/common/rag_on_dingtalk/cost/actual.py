"""What was really asked, and what that cost, from the counts of every hour. Pure.

The bill is the model's (`bill.py`), with the questions, the seconds of an answer and the busy hours that were
counted in place of those that are estimated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.cost.bill import HOUSEKEEPING_METER, Meter, meters
from rag_on_dingtalk.cost.load import MONTH_HOURS, Load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rag_on_dingtalk.cost.answers import Choices
    from rag_on_dingtalk.cost.prices import Prices

#: What an answer takes at least, for the model.
_SHORTEST = 0.1


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """One bot's days, or those of all.

    asked: everything that got a reply, commands and refusals included. timed: answers whose time is counted.
    busy_hours: hours in which anything was asked. total_ms: from messages to replies, of the timed ones.
    """

    asked: int = 0
    answered: int = 0
    nothing_found: int = 0
    failed: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    timed: int = 0
    total_ms: int = 0
    busy_hours: int = 0

    @property
    def seconds(self) -> float:
        """Of an answer, on average."""
        return max(self.total_ms / self.timed / 1000, _SHORTEST) if self.timed else _SHORTEST


def spent(hours: Iterable[tuple[str, Mapping[str, int]]]) -> Spent:
    """The counts of these hours, as `stats` names them; several bots may have the same hour."""
    total: dict[str, int] = {}
    busy = set()
    for hour, counts in hours:
        if counts.get("asked"):
            busy.add(hour)
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    answered, nothing_found = total.get("outcome_answered", 0), total.get("outcome_nothing_found", 0)
    return Spent(
        asked=total.get("asked", 0),
        answered=answered,
        nothing_found=nothing_found,
        failed=total.get("outcome_failed", 0),
        calls=total.get("calls", 0),
        prompt_tokens=total.get("prompt_tokens", 0),
        completion_tokens=total.get("completion_tokens", 0),
        timed=answered + nothing_found,
        total_ms=total.get("total_sum_ms", 0),
        busy_hours=len(busy),
    )


def bill_of(all_bots: Spent, choices: Choices, prices: Prices, *, days: float) -> tuple[Meter, ...]:
    """What was billed in these days; without questions housekeeping alone."""
    load = Load(
        questions=max(all_bots.asked, 1),
        seconds=min(all_bots.seconds, 3_600),
        hours=min(max(all_bots.busy_hours, 1), MONTH_HOURS),
        peak=1.0,
    )
    share = days * 24 / MONTH_HOURS
    found = (
        _scaled(one, share) if one.name == HOUSEKEEPING_METER else one
        for one in meters(load, choices, prices)
    )
    return tuple(one for one in found if all_bots.asked or one.name == HOUSEKEEPING_METER)


def _scaled(meter: Meter, share: float) -> Meter:
    amount = None if meter.amount is None else meter.amount * share
    return msgspec.structs.replace(meter, quantity=meter.quantity * share, amount=amount)
