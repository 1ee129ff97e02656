"""How much work a text makes, counted and not timed."""

from __future__ import annotations

import cProfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.rendering.markdown.inline import line as inline
from rag_on_dingtalk.rendering.markdown.reading import parsing

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


@dataclass
class Reading:
    """What the parser was given.

    texts: the length of every text that was made into blocks.
    treated: characters whose markup was looked at.
    """

    texts: list[int] = field(default_factory=list)
    treated: int = 0


def watch(monkeypatch: pytest.MonkeyPatch) -> Reading:
    """Write down what is read from now on."""
    reading = Reading()
    begin, treat = parsing._Parser.__init__, inline.treated

    def _begin(self: parsing._Parser, lines: list[str], most: int) -> None:
        reading.texts.append(sum(len(line) + 1 for line in lines))
        begin(self, lines, most)

    def _treat(line: str, *rest: Any) -> list[str]:
        reading.treated += len(line)
        return treat(line, *rest)

    monkeypatch.setattr(parsing._Parser, "__init__", _begin)
    monkeypatch.setattr(parsing, "treated", _treat)
    return reading


def calls(work: Callable[[], object]) -> int:
    """How many functions the work calls, C's included."""
    # The profiler is C: a hook of our own would take longer than what it counts.
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())
