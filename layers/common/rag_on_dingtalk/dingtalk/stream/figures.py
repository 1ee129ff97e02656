"""What happened on a client's connections, as numbers."""

from __future__ import annotations

from collections import Counter


class Figures:
    """Counted from the client's start.

    connected: connections that are up now. opened: how many were opened. refused, failed: attempts that
        opened none.
    pushes: by topic. acks: by code. lost_acks: acknowledgements whose connection was gone.
    reasons: why connections were given up.
    last_frame: when the last frame came, by the client's clock; None: none has.
    """

    def __init__(self) -> None:
        self.connected = 0
        self.opened = 0
        self.refused = 0
        self.failed = 0
        self.lost_acks = 0
        self.pushes: Counter[str] = Counter()
        self.acks: Counter[int] = Counter()
        self.reasons: Counter[str] = Counter()
        self.last_frame: float | None = None
