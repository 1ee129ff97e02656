"""A circuit breaker's rules: when a backend is asked, when it is left alone. Pure.

The states are those of Powertools' circuit breaker utility, which cannot be used itself: to it a coroutine
has succeeded as soon as it is made, and a probe belongs to a thread; here one thread asks many questions.
"""

from __future__ import annotations

from enum import Enum

import msgspec


class State(str, Enum):
    """What a circuit lets through: everything, nothing, or one question as a probe."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class Admission(Enum):
    """What becomes of a question that arrives now."""

    ASK = "ask"
    PROBE = "probe"
    PAUSED = "paused"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a breaker is, times in milliseconds.

    threshold: this many failures in a row, seen by one instance, open the circuit.
    pause_ms: how long an open circuit lets nothing through.
    probe_ms: how long a probe may take; one that died is replaced afterwards. Longer than the backend's own
        `timeouts.first_byte`, or its verdict would come too late.
    fresh_ms: how long an instance relies on what it last read.
    """

    threshold: int = 5
    pause_ms: int = 60_000
    probe_ms: int = 120_000
    fresh_ms: int = 5_000


class Circuit(msgspec.Struct, frozen=True):
    """The shared state of one backend.

    version: counts the changes, 0 before the first; a change is made only to the version it was decided on.
    paused_until: no question is let through before, in Unix milliseconds. While half open: when the probe
        is given up and may be repeated by another.
    since_ms: when this state began.
    cause: the FailureKind that opened it, empty while closed.

        failures        pause over       probe fails
        CLOSED ---> OPEN ---> HALF_OPEN ---> OPEN
          ^                       |  ^ |
          +-------- probe heard --+  +-+ probe given up
    """

    state: State = State.CLOSED
    version: int = 0
    paused_until: int = 0
    since_ms: int = 0
    cause: str = ""

    def admission(self, now_ms: int) -> Admission:
        """What a question arriving now may do; of those told PROBE, the store lets one."""
        if self.state is State.CLOSED:
            return Admission.ASK
        return Admission.PAUSED if now_ms < self.paused_until else Admission.PROBE

    def opened(self, now_ms: int, policy: Policy, cause: str) -> Circuit:
        """After too many failures, or a failed probe."""
        return Circuit(State.OPEN, self.version + 1, now_ms + policy.pause_ms, now_ms, cause)

    def probed(self, now_ms: int, policy: Policy) -> Circuit:
        """While one question finds out."""
        return Circuit(State.HALF_OPEN, self.version + 1, now_ms + policy.probe_ms, now_ms, self.cause)

    def closed(self, now_ms: int) -> Circuit:
        """After a probe was answered."""
        return Circuit(State.CLOSED, self.version + 1, 0, now_ms)
