"""The two languages of the pages: every sentence stands in the code as a pair. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from rag_on_dingtalk.clock import BEIJING

Language = Literal["zh", "en"]

_SECOND_MS, _LONG_MS = 1_000, 100_000


class Say(msgspec.Struct, frozen=True):
    """Chooses between the two, and writes numbers and times."""

    language: Language = "zh"

    def __call__(self, zh: str, en: str, **values: object) -> str:
        """The sentence with its values."""
        chosen = zh if self.language == "zh" else en
        return chosen.format(**values) if values else chosen

    def moment(self, at_ms: int) -> str:
        """A time in China, to the minute; a dash for none."""
        return _at(at_ms).strftime("%Y-%m-%d %H:%M") if at_ms else "—"

    def clock(self, at_ms: int) -> str:
        """The time of day in China, to the second."""
        return _at(at_ms).strftime("%H:%M:%S")

    def duration(self, milliseconds: float | None) -> str:
        """How long something took."""
        if milliseconds is None:
            return "—"
        if milliseconds < _SECOND_MS:
            return self("{n:.0f} 毫秒", "{n:.0f} ms", n=milliseconds)
        if milliseconds < _LONG_MS:
            return self("{n:.1f} 秒", "{n:.1f} s", n=milliseconds / 1_000)
        return self("{n:.0f} 分钟", "{n:.0f} min", n=milliseconds / 60_000)

    def share(self, part: int, whole: int) -> str:
        """A percentage; a dash where there is nothing to divide by."""
        return f"{part / whole:.0%}" if whole else "—"


def _at(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, BEIJING)
