"""How often the bodies of answers are read: the more of them this process reads, the more it takes at once.

Taking a piece costs about the same whether it holds one word or ten. A card gets a frame a second, so a
piece that waits a moment is shown no later; the end of an answer may be noticed that moment later.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Up to this many answers are read piece by piece.
_FEW = 20
#: For each further answer, and at most, seconds.
_PAUSE_EACH, _PAUSE_MOST = 0.002, 0.12


class Pace:
    """Counts the answers that are being read."""

    def __init__(self) -> None:
        self._readers = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One more answer, as long as the block runs."""
        self._readers += 1
        try:
            yield
        finally:
            self._readers -= 1

    @property
    def pause(self) -> float:
        """Seconds between two reads of one body; 0: none."""
        return min(_PAUSE_EACH * max(self._readers - _FEW, 0), _PAUSE_MOST)


#: What is counted is what one event loop has to do, whichever bot and backend it is for.
OF_THIS_PROCESS = Pace()
