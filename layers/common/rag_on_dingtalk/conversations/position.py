"""Which question of a conversation comes next. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag_on_dingtalk.storage.conversations.inbox import QueueEntry


def ahead_of(mine: QueueEntry, queue: Iterable[QueueEntry], now_ms: int) -> int:
    """How many questions come before `mine`: earlier ones, and the one that is being answered now.

    An entry whose lease has ended holds up no other. If its owner comes back, it finds the question that
    overtook it running, and waits for that.
    """
    return sum(
        other.turn_id != mine.turn_id
        and other.lease_until >= now_ms
        and (other.running or other.order < mine.order)
        for other in queue
    )
