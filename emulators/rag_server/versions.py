"""Versions of a product: which of them the server can be, and which of two is the newer one."""

from __future__ import annotations

from dataclasses import dataclass


class UnknownVersionError(ValueError):
    """Raised when a product is to be of a version that the server cannot be."""


@dataclass(frozen=True, order=True)
class Version:
    """A version that compares by its numbers: 0.15 is older than 1.6."""

    numbers: tuple[int, ...]

    @staticmethod
    def of(text: str) -> Version:
        """The version that `text` names, for example `1.12`."""
        return Version(tuple(map(int, text.split("."))))

    def __str__(self) -> str:
        """As it was written."""
        return ".".join(map(str, self.numbers))
