"""One invocation: its name, its times, and how long a lease lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.observability.log_lines import LogLine

LEASE_MS = 30_000
#: Shorter than a few requests to Tablestore, and renewals come too late.
_SHORTEST_LEASE_MS = 500
#: Closing the card and writing the record must fit in before FC ends the invocation.
CLOSING_MS = 15_000


class Invocation(msgspec.Struct, frozen=True):
    """One asynchronous invocation.

    owner: unique, also among retries of the same request.
    started_ms, deadline_ms: milliseconds since the epoch; FC ends the function at the deadline.
    retries: how often FC says it has tried this job before; whether it says so is not confirmed.
    """

    owner: str
    started_ms: int
    deadline_ms: int
    retries: int = 0

    @property
    def closing_ms(self) -> int:
        """When the answer that has arrived by then must be delivered."""
        return self.deadline_ms - CLOSING_MS


class LeaseTerms(msgspec.Struct, frozen=True):
    """How long a turn belongs to its owner without a sign of life.

    lease_ms: the lease; renewed three times as often.
    """

    lease_ms: int

    @property
    def renew_every_ms(self) -> int:
        """The pause between two renewals."""
        return self.lease_ms // 3

    @property
    def margin_ms(self) -> int:
        """How long before the lease's end its owner stops sending: a call's longest way, skewed clocks."""
        return self.lease_ms // 2

    @property
    def grace_ms(self) -> int:
        """How long after the lease's end the next owner waits, because clocks disagree."""
        return self.lease_ms // 6

    @property
    def retries_ms(self) -> int:
        """How long after its lease a question is left to FC's retries: a quarter of an hour as deployed.

        FC keeps a job for ten minutes (maxAsyncEventAgeInSeconds in infra/) and may still be trying it then.
        """
        return self.lease_ms * 30

    def end(self, now_ms: int, deadline_ms: int) -> int:
        """Until when a lease taken or renewed now lasts.

        A dead invocation's turn is free soon after its deadline; while it lives its fence stays open.
        """
        return min(now_ms + self.lease_ms, deadline_ms + self.margin_ms)


def lease_ms(environ: Mapping[str, str], log: LogLine) -> int:
    """How long a lease lasts; a LEASE_SECONDS that makes no sense is told, and not used."""
    value = environ.get("LEASE_SECONDS", "")
    try:
        wanted_ms = int(float(value) * 1000) if value else LEASE_MS
    except (ValueError, OverflowError):
        wanted_ms = 0
    if wanted_ms < _SHORTEST_LEASE_MS:
        # A person must not be left without an answer because of it.
        log("lease_seconds_ignored", level="ERROR", value=value, used=f"{LEASE_MS // 1000}")
        return LEASE_MS
    return wanted_ms
