"""Faults that can be switched on: one board, asked by every emulator at the moment it matters.

A fault is declared by the emulator that honours it, so `python -m devserver --help` can list them all
and a misspelt name is refused instead of silently doing nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class UnknownFaultError(ValueError):
    """Raised when a fault is switched that no emulator has declared."""


@dataclass(frozen=True)
class FaultKind:
    """One way a dependency can misbehave.

    name: `system.what`, for example `tablestore.busy`.
    sentence: one sentence for the person who switches it on.
    """

    name: str
    sentence: str


@dataclass
class _Switched:
    probability: float
    remaining: int | None
    value: str
    taken: int = 0


@dataclass
class FaultBoard:
    """Which faults are on, how often they strike and how often they did.

    clock: seconds; it only has to move on.
    """

    random: Random = field(default_factory=Random)
    clock: Callable[[], float] = time.monotonic
    _kinds: dict[str, FaultKind] = field(default_factory=dict)
    _on: dict[str, _Switched] = field(default_factory=dict)
    _outages: dict[str, float] = field(default_factory=dict)
    _struck: dict[str, int] = field(default_factory=dict)

    def declare(self, name: str, sentence: str) -> None:
        """Make a fault known; the emulator that honours it calls this when it is built."""
        self._kinds[name] = FaultKind(name, sentence)

    @property
    def kinds(self) -> list[FaultKind]:
        """Every declared fault, by name."""
        return sorted(self._kinds.values(), key=lambda kind: kind.name)

    def switch_on(
        self, name: str, *, probability: float = 1.0, count: int | None = None, value: str = ""
    ) -> None:
        """Let a fault strike with `probability`, at most `count` times (None: until switched off).

        value: what the fault needs to know, for example a number of seconds.
        """
        self._check(name)
        self._on[name] = _Switched(probability, count, value)

    def begin_outage(self, name: str, seconds: float) -> None:
        """Let a fault strike every time for `seconds`, however it is switched on beside that.

        An outage of the same fault that lasts longer goes on.
        """
        self._check(name)
        self._outages[name] = max(self._outages.get(name, 0.0), self.clock() + seconds)

    def outage_seconds_left(self) -> float:
        """Until the last outage is over; 0 when there is none."""
        return max((until - self.clock() for until in self._outages.values()), default=0.0)

    def end_spell(self, name: str) -> None:
        """Undo `switch_on`; an outage of this fault goes on."""
        self._on.pop(name, None)

    def switch_off(self, name: str | None = None) -> None:
        """Switch one fault off, or all of them; this ends outages, too."""
        for switched in (self._on, self._outages):
            if name is None:
                switched.clear()
            else:
                switched.pop(name, None)

    def _check(self, name: str) -> None:
        if name not in self._kinds:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise UnknownFaultError(f"There is no fault named {name!r}. Known faults: {known}.")

    def strikes(self, name: str) -> bool:
        """Whether the fault strikes now. Asking is what uses up its count."""
        return self.take(name) is not None

    def take(self, name: str) -> str | None:
        """The fault's value if it strikes now, else None; in an outage the value is empty."""
        if self._is_out(name):
            self._struck[name] = self._struck.get(name, 0) + 1
            return ""
        switched = self._on.get(name)
        if switched is None or switched.remaining == 0:
            return None
        if switched.probability < 1.0 and self.random.random() >= switched.probability:
            return None
        if switched.remaining is not None:
            switched.remaining -= 1
        self._struck[name] = self._struck.get(name, 0) + 1
        return switched.value

    def switched_on(self) -> dict[str, float]:
        """The faults that can still strike, with their probability."""
        on = {n: s.probability for n, s in self._on.items() if s.remaining != 0}
        return on | {name: 1.0 for name in list(self._outages) if self._is_out(name)}

    def _is_out(self, name: str) -> bool:
        if name not in self._outages:
            return False
        if self.clock() < self._outages[name]:
            return True
        del self._outages[name]
        return False

    def struck(self) -> dict[str, int]:
        """How often each fault has struck since the start."""
        return dict(self._struck)
