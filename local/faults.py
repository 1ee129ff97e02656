"""Faults that can be switched on: one board, asked by every emulator at the moment it matters.

A fault is declared by the emulator that honours it, so `python -m local --help` can list them all
and a misspelt name is refused instead of silently doing nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


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
    """Which faults are on, how often they strike and how often they did."""

    random: Random = field(default_factory=Random)
    _kinds: dict[str, FaultKind] = field(default_factory=dict)
    _on: dict[str, _Switched] = field(default_factory=dict)
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
        if name not in self._kinds:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise UnknownFaultError(f"There is no fault named {name!r}. Known faults: {known}.")
        self._on[name] = _Switched(probability, count, value)

    def switch_off(self, name: str | None = None) -> None:
        """Switch one fault off, or all of them."""
        if name is None:
            self._on.clear()
        else:
            self._on.pop(name, None)

    def strikes(self, name: str) -> bool:
        """Whether the fault strikes now. Asking is what uses up its count."""
        return self.take(name) is not None

    def take(self, name: str) -> str | None:
        """The fault's value if it strikes now, else None."""
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
        return {n: s.probability for n, s in self._on.items() if s.remaining != 0}

    def struck(self) -> dict[str, int]:
        """How often each fault has struck since the start."""
        return dict(self._struck)
