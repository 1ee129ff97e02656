"""Whether two invocations wrote on one card at the same time. Pure.

A card may have several writers, one after the other: the first is killed, the retry goes on. So a card's
frames fall into stretches, each of one instance, and each stretch needs an invocation of its own on that
instance: one that had begun before the stretch and was not over. An instance that writes, then another one,
then the first again in the same invocation, has gone on beside its successor.

Two invocations on one instance cannot be told apart; second deliveries therefore also go to other instances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from devserver.chaos.books.evidence import SentFrame, Worked

#: A call that was on its way when its invocation ended arrives a little later.
_ON_ITS_WAY_SECONDS = 2.0


@dataclass(frozen=True)
class Stretch:
    """Frames of one instance that no other one interrupts; seconds since the epoch.

    frames: how many.
    """

    instance: str
    first: float
    last: float
    frames: int


def stretches(frames: Iterable[SentFrame]) -> list[Stretch]:
    """A card's frames, in the order they arrived, by who sent them."""
    found: list[Stretch] = []
    for frame in sorted(frames, key=lambda one: one.at):
        if found and found[-1].instance == frame.instance:
            began = found.pop()
            found.append(Stretch(frame.instance, began.first, frame.at, began.frames + 1))
        else:
            found.append(Stretch(frame.instance, frame.at, frame.at, 1))
    return found


def went_on_beside(frames: Iterable[SentFrame], work: Sequence[Worked]) -> str:
    """Which instance went on writing after another one had begun, in words; empty when none did.

    frames: of one card. work: the invocations that may have written on it.
    """
    by_instance: dict[str, list[Stretch]] = {}
    in_order = stretches(frames)
    for one in in_order:
        by_instance.setdefault(one.instance, []).append(one)
    for instance, own in by_instance.items():
        candidates = [one for one in work if one.instance == instance]
        if len(own) > 1 and not _each_has_its_own(own, candidates):
            order = " → ".join(f"{one.instance[-6:]} ({one.frames})" for one in in_order)
            return f"instance {instance} wrote again after another one had: {order}"
    return ""


def _each_has_its_own(own: Sequence[Stretch], candidates: Sequence[Worked]) -> bool:
    """Whether every stretch can have an invocation of its own: bipartite matching by augmenting paths."""
    taken: dict[int, int] = {}

    def place(stretch: int, seen: set[int]) -> bool:
        for number, one in enumerate(candidates):
            if number not in seen and _may_have_written(own[stretch], one):
                seen.add(number)
                if number not in taken or place(taken[number], seen):
                    taken[number] = stretch
                    return True
        return False

    return all(place(stretch, set()) for stretch in range(len(own)))


def _may_have_written(stretch: Stretch, one: Worked) -> bool:
    return one.began <= stretch.first and stretch.last <= one.ended + _ON_ITS_WAY_SECONDS
