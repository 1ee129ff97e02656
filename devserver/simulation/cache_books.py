"""The books of a bot that gives answers again: each belongs to its asker's words and rights. Pure.

What is a breach
- answer of another key: what a person reads was answered to other words, or to a person with other rights.
- asked more than once: of questions with the same words and rights, each the only one of its conversation,
  more than one was put to the backend, though nothing was wrong with any service, instance or clock.

The oracle is naive and of its own: it knows each question's topic, and who is privileged.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devserver.simulation.books.trace import Event
    from devserver.simulation.plan.draw import Plan, PlannedQuestion

_TOKEN = re.compile("〔[0-9]{4,}〕")
_DISTURBANCES = ("FAULT", "tablestore.", "dingtalk.", "timeout", "failed")

Miskept = tuple[str, str, str]


def cache_breaches(
    plan: Plan,
    asked: Mapping[str, PlannedQuestion],
    read: Mapping[str, Iterable[str]],
    events: Sequence[Event],
) -> Iterator[Miskept]:
    """(kind, turn id, detail) of each. read: the texts that each question's asker saw at last."""
    if not plan.cache:
        return
    by_token = {one.token: one for one in asked.values()}
    for turn_id, own in asked.items():
        for token in {token for text in read[turn_id] for token in _TOKEN.findall(text)}:
            other = by_token.get(token)
            if other is not None and _key(plan, other) != _key(plan, own):
                yield "answer of another key", turn_id, f"{_key(plan, own)} read {_key(plan, other)}"
    yield from _asked_again(plan, asked, events)


def _key(plan: Plan, one: PlannedQuestion) -> tuple[str, bool]:
    return one.topic, one.chat in plan.privileged


def _asked_again(
    plan: Plan, asked: Mapping[str, PlannedQuestion], events: Sequence[Event]
) -> Iterator[Miskept]:
    whole = all(one.manner == "answer" for one in asked.values())
    if not whole or any(plan.skews) or any(event.kind.startswith(_DISTURBANCES) for event in events):
        return
    in_chat = Counter(one.chat for one in asked.values())
    seen: Counter[tuple[str, bool]] = Counter()
    for event in events:
        if event.kind == "asked" and in_chat[asked[event.turn_id].chat] == 1:
            key = _key(plan, asked[event.turn_id])
            seen[key] += 1
            if seen[key] > 1:
                yield "asked more than once", event.turn_id, str(key)
