"""Whose turn it is in a line. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag_on_dingtalk.state.inbox import Place


def ahead_of(mine: Place, line: Iterable[Place], now_ms: int) -> int:
    """How many must be answered before `mine`: those who asked earlier, and whoever is being answered now.

    A place whose lease has ended is nobody's and holds nobody up. If its owner comes back it finds the one
    that overtook it running, and waits for that.
    """
    return sum(
        other.turn_id != mine.turn_id
        and other.lease_until >= now_ms
        and (other.running or other.order < mine.order)
        for other in line
    )
