"""The seam: what every moderation service can do here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rag_on_dingtalk.safety.verdict import Direction, Verdict


class ModerationService(Protocol):
    """Judges one text that is not longer than `most`."""

    def most(self, direction: Direction) -> int:
        """Characters of one text."""
        ...

    async def judge(self, text: str, direction: Direction, session: str) -> Verdict:
        """Judge it.

        session: of an answer that comes in pieces, the same for each; empty: the text is whole.

        Raises:
            ModerationError: the service did not judge it.
        """
        ...
