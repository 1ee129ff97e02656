"""What the doctor says: one line for each thing it looked at. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Mark = Literal["✓", "✗", "–"]


class Line(msgspec.Struct, frozen=True):
    """One finding.

    mark: ✓ well, ✗ wrong, – not checked.
    sentence: what is there; or what is wrong and what to do about it; or why it was not checked.
    bot: whose finding it is; empty when it is everybody's.
    """

    mark: Mark
    subject: str
    sentence: str
    bot: str = ""

    def __str__(self) -> str:
        where = f"{self.bot}, {self.subject}" if self.bot else self.subject
        return f"{self.mark} {where}: {self.sentence}"


def well(subject: str, sentence: str) -> Line:
    """It is as it should be."""
    return Line("✓", subject, sentence)


def wrong(subject: str, sentence: str) -> Line:
    """The reader has to change something."""
    return Line("✗", subject, sentence)


def unchecked(subject: str, why: str) -> Line:
    """It may be well or not."""
    return Line("–", subject, f"not checked: {why}")


def exit_status(lines: Iterable[Line]) -> int:
    """1 when anything is wrong."""
    return int(any(line.mark == "✗" for line in lines))
