"""Whether a session's questions were answered in the order they were asked. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.chaos.evidence import Asked


def overtaken(asked: Iterable[Asked], answered_at: Mapping[str, float]) -> tuple[str, ...]:
    """The turns that were answered before an earlier one of their session.

    answered_at: turn id → seconds since the epoch; turns without an answer of their own are left out.
    """
    sessions: dict[str, list[Asked]] = defaultdict(list)
    for one in sorted(asked, key=lambda one: (one.at, one.number)):
        if one.turn_id in answered_at:
            sessions[one.session].append(one)
    early = []
    for line in sessions.values():
        latest = 0.0
        for one in line:
            if answered_at[one.turn_id] < latest:
                early.append(one.turn_id)
            latest = max(latest, answered_at[one.turn_id])
    return tuple(early)
