"""Whether a session's questions were answered in the order they were asked. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devserver.chaos.books.evidence import Asked


def out_of_place(asked: Iterable[Asked], answered_at: Mapping[str, float]) -> tuple[str, ...]:
    """The fewest turns without which every session was answered in the order it was asked.

    answered_at: turn id → seconds since the epoch; turns without an answer of their own are left out.
    """
    sessions: dict[str, list[Asked]] = defaultdict(list)
    for one in sorted(asked, key=lambda one: (one.at, one.number)):
        if one.turn_id in answered_at:
            sessions[one.session].append(one)
    return tuple(turn for line in sessions.values() for turn in _out_of_place(line, answered_at))


def _out_of_place(line: Sequence[Asked], answered_at: Mapping[str, float]) -> Iterator[str]:
    """All but the longest run that was answered in order."""
    ends: list[float] = []
    ranks = []
    for one in line:
        at = answered_at[one.turn_id]
        rank = bisect_right(ends, at)
        ends[rank : rank + 1] = [at]
        ranks.append(rank)
    wanted = len(ends) - 1
    late = []
    for one, rank in zip(reversed(line), reversed(ranks), strict=True):
        if rank == wanted:
            wanted -= 1
        else:
            late.append(one.turn_id)
    yield from reversed(late)
