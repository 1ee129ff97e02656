"""A text that arrives in pieces, at a cost that is linear in its length. Pure."""

from __future__ import annotations

#: How much of the beginning is at hand without joining, characters.
_HEAD = 20_000


class Gathered:
    """Joined only when it is read: adding to a string copies all of it each time.

    head: its first 20 000 characters.
    """

    __slots__ = ("_pieces", "blank", "head", "size")

    def __init__(self, text: str = "") -> None:
        self._pieces: list[str] = []
        self.head = ""
        self.blank = True
        self.size = 0
        self.add(text)

    def add(self, piece: str) -> None:
        """Append."""
        if piece:
            self._pieces.append(piece)
            if self.size < _HEAD:
                self.head += piece[: _HEAD - self.size]
            self.size += len(piece)
            self.blank = self.blank and not piece.strip()

    @property
    def text(self) -> str:
        """All of it."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""
