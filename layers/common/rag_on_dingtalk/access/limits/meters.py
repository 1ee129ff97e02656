"""Which counters a question goes through, in which order. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.limits.windows import window_of
from rag_on_dingtalk.settings.sections.limits import Limit, Period, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag_on_dingtalk.models.question import Question

    Chains = Sequence[Sequence[str | int]]

#: Every question takes its counters in this order, the narrowest first: what is given back because a wider
#: one refuses has kept no other person from asking meanwhile.
_ORDER: tuple[Scope, ...] = ("user", "group", "department", "bot")
_PERIODS: tuple[Period, ...] = ("minute", "day")

#: The window of a counter of answers in flight.
PLACES = "places"

#: As part of a row's key, which has 1 KB in all.
_LONGEST_ID = 128


class Meter(msgspec.Struct, frozen=True):
    """One counter that one limit puts in a question's way.

    key: of its row: who is counted, and in which window; `places` counts the answers in flight.
    """

    limit: Limit
    key: tuple[str, str]

    @property
    def window(self) -> str:
        """In which time it counts, or PLACES."""
        return self.key[1]


def question_meters(
    bot: str, limits: Sequence[Limit], question: Question, chains: Chains
) -> tuple[Meter, ...]:
    """What counts the question, by when it was asked.

    chains: of each department the asker is in: it, what it is a part of, and so on up to the organisation.
    """
    found = [
        (period, scope, Meter(limit, (_row(bot, scope, id_), window_of(period, question.asked_ms))))
        for period in _PERIODS
        for scope, id_, limit in _limited(
            [one for one in limits if one.questions and one.per == period], question, chains
        )
    ]
    found.sort(key=lambda one: (_ORDER.index(one[1]), _PERIODS.index(one[0])))
    return tuple(meter for _, _, meter in found)


def place_meters(bot: str, limits: Sequence[Limit], question: Question, chains: Chains) -> tuple[Meter, ...]:
    """Where the answer takes a place while it is given; chains: as above."""
    bounded = [one for one in limits if one.concurrent]
    found = [
        (scope, Meter(limit, (_row(bot, scope, id_), PLACES)))
        for scope, id_, limit in _limited(bounded, question, chains)
    ]
    found.sort(key=lambda one: _ORDER.index(one[0]))
    return tuple(meter for _, meter in found)


def needs_departments(limits: Sequence[Limit]) -> bool:
    """Whether the asker's departments matter at all."""
    return any(one.scope == "department" for one in limits)


def _limited(
    limits: Sequence[Limit], question: Question, chains: Chains
) -> Iterator[tuple[Scope, str, Limit]]:
    """Each scope and id that a limit applies to. One that names an id takes the place of the general one."""
    departments = tuple(dict.fromkeys(str(one) for chain in chains for one in chain))
    own = tuple(dict.fromkeys(str(chain[0]) for chain in chains if chain))
    subjects: dict[Scope, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "user": ((question.sender.key,),) * 2,
        "group": ((question.conversation.id,) if question.conversation.is_group else (),) * 2,
        "department": (departments, own),
        "bot": (("",),) * 2,
    }
    for scope, (any_of, general) in subjects.items():
        mine = [one for one in limits if one.scope == scope]
        named = {str(id_): one for one in mine for id_ in one.ids}
        found = {id_: named[id_] for id_ in any_of if id_ in named}
        unnamed = next((one for one in mine if not one.ids), None)
        if unnamed is not None:
            found |= {id_: unnamed for id_ in general if id_ not in found}
        for id_ in any_of:
            if id_ in found:
                yield scope, id_, found[id_]


def _row(bot: str, scope: Scope, id_: str) -> str:
    plain = id_ if len(id_) <= _LONGEST_ID and id_.isascii() else _digest(id_)
    return f"limit:{bot}:{scope}:{plain}"


def _digest(id_: str) -> str:
    return "#" + hashlib.sha256(id_.encode("utf-8", "surrogatepass")).hexdigest()
