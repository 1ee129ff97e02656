"""`feedback`: what people thought of an answer, one row per answer and person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.storage.rows.conditions import missing_or_below
from rag_on_dingtalk.storage.tables import FEEDBACK

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Rows


class Verdict(msgspec.Struct, frozen=True):
    """One person's 👍 or 👎.

    reason: what was wrong, in the person's words or the card's; empty when not said.
    given_ms: milliseconds since the epoch.
    """

    turn_id: str
    user: str
    bot: str
    liked: bool
    reason: str
    given_ms: int


class Feedback:
    """Every answer's verdicts."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def give(self, verdict: Verdict) -> bool:
        """Store it in place of an earlier one; False when a later one is there already.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        return await self._rows.put(
            FEEDBACK,
            (verdict.turn_id, verdict.user),
            {
                "bot": verdict.bot,
                "liked": verdict.liked,
                "reason": verdict.reason,
                "given_ms": verdict.given_ms,
            },
            # The queue delivers at least once: the same verdict again is no later one.
            missing_or_below("given_ms", verdict.given_ms + 1),
        )
