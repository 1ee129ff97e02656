"""Who may answer a turn, and until when."""

from __future__ import annotations

import msgspec

#: A finished turn is never free again: no clock reaches this millisecond.
NEVER_MS = 2**53


class Lease(msgspec.Struct, frozen=True):
    """Who may answer a turn, and until when.

    until_ms: milliseconds since the epoch; until then no other invocation may take the turn.
    attempt: 1 for the first invocation that claimed the turn.
    """

    owner: str
    until_ms: int
    attempt: int = 1

    @property
    def finished(self) -> bool:
        """The person has the reply."""
        return self.until_ms == NEVER_MS
