"""A skill that asks for two values and calls an API, for schedules in which every message is meant for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.knowledge.skills.matching import Ready, ready
from rag_on_dingtalk.knowledge.skills.skill import Call, Skill, Step, Triggers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devserver.simulation.books.trace import Event
    from devserver.simulation.world import World

#: In the text of every question of such a schedule, each of which has a token of its own besides.
WORD = "下单"
#: Noted with the tokens of the three messages that an order was made from.
ORDERED = "skill.ordered"
_TOKEN = re.compile("〔[0-9]{4,}〕")

#: What is said to a message holds its token, so that the books know whose answer it is.
SKILLS: tuple[Ready, ...] = (
    ready(
        Skill(
            id="order",
            triggers=Triggers(any=(WORD,)),
            steps=(
                Step(name="first", ask="答{question}，还要一项。"),
                Step(name="second", ask="答{question}，还要第二项。"),
            ),
            call=Call(url="https://api.invalid/orders"),
            answer="答{question}，已下单。",
        )
    ),
)


class SimApis:
    """Takes every order, and notes what it was made from."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def call(self, _call: Call, values: Mapping[str, str], *, key: str) -> dict[str, str]:
        """As `ApiCaller.call`."""
        tokens = [_TOKEN.search(values[name]) for name in ("first", "second")]
        self._world.note(ORDERED, key, " ".join(found[0] for found in tokens if found))
        return {}


def order_breaches(events: Sequence[Event], tokens: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(kind, turn id, detail): an order for which one message was taken in more than once.

    tokens: by turn id.
    """
    for event in events:
        if event.kind == ORDERED:
            used = [tokens.get(event.turn_id, ""), *event.detail.split()]
            if "" in used or len(set(used)) < len(used):
                yield "taken in twice", event.turn_id, " ".join(used)
