"""Which tier answers: the route's own, a higher one of the conversation, or the next that was asked for.

Pure. Only routes that have a tier take part: a tier says that two routes know the same and one thinks harder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Choice(msgspec.Struct, frozen=True):
    """The route that answers.

    reason: `conversation`: an earlier answer came from it; `asked`: a deeper answer was asked for; empty: the
        rules' own choice.
    """

    route: str
    reason: str = ""


def choose(
    tiers: Mapping[str, int], usable: Collection[str], *, route: str, held: str = "", above: str = ""
) -> Choice:
    """The route for a question.

    tiers: of the routes that have one. usable: the routes that the asker may use now.
    route: by the rules. held: from which the conversation was answered before.
    above: the route of an answer that was not deep enough.
    """
    if deeper := next_above(tiers, usable, above):
        return Choice(deeper, "asked")
    if route in tiers and held in usable and tiers.get(held, 0) > tiers[route]:
        return Choice(held, "conversation")
    return Choice(route)


def next_above(tiers: Mapping[str, int], usable: Collection[str], route: str) -> str:
    """The next deeper route; empty where there is none."""
    if route not in tiers:
        return ""
    deeper = [one for one in tiers if one in usable and tiers[one] > tiers[route]]
    return min(deeper, key=lambda one: tiers[one], default="")


def instead(tiers: Mapping[str, int], usable: Collection[str], route: str) -> str:
    """Which route is asked once when this one's backend fails: the next deeper one, else the next below."""
    if deeper := next_above(tiers, usable, route):
        return deeper
    below = [one for one in tiers if route in tiers and one in usable and tiers[one] < tiers[route]]
    return max(below, key=lambda one: tiers[one], default="")
