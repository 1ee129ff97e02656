"""What a finished question adds to its arm. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.observability.exposition import buckets_of
from rag_on_dingtalk.observability.histogram import bucket_of, percentile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.observability.events import QuestionEvent

#: What says something about an arm; a question that was stopped, refused or a command does not.
_COUNTED = frozenset(("answered", "nothing_found", "failed"))


class ArmCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of one arm.

    disliked: questions whose answer got a 👎, each once.
    calls: DingTalk API calls. tokens: as the backend counts them. busy_ms: from claims to replies.
    buckets: how many answers took how long from the message on, as `histogram.bucket_of` names the times.
    """

    answered: int = 0
    nothing_found: int = 0
    failed: int = 0
    disliked: int = 0
    calls: int = 0
    tokens: int = 0
    busy_ms: int = 0
    buckets: dict[str, int] = {}

    @property
    def asked(self) -> int:
        """The questions."""
        return self.answered + self.nothing_found + self.failed

    @property
    def bad(self) -> int:
        """Those that no person is content with; an answer that was disliked is an answer."""
        return min(self.failed + self.nothing_found + self.disliked, self.asked)

    def percentile_ms(self, share: float) -> int:
        """The time that this share of the answers took at most; 0 without any."""
        return round(percentile(self.buckets, share) or 0)


def counts_of_arm(event: QuestionEvent) -> dict[str, int]:
    """The columns that a question adds to; nothing for one that says nothing."""
    if event.outcome not in _COUNTED:
        return {}
    counts = {
        event.outcome: 1,
        "calls": event.calls,
        "tokens": event.prompt_tokens + event.completion_tokens,
        "busy_ms": max(event.total_ms - event.waited_ms, 0),
        f"total_le_{bucket_of(event.total_ms)}": int(event.outcome != "failed"),
    }
    return {name: count for name, count in counts.items() if count}


def is_bad(event: QuestionEvent) -> bool:
    """Whether the question speaks against its arm."""
    return event.outcome in ("failed", "nothing_found")


def read_counts(columns: Mapping[str, object]) -> ArmCounts:
    """The counts of one arm from the columns they were added to."""
    whole = {name: value for name, value in columns.items() if type(value) is int}
    known = {name: whole.get(name, 0) for name in ArmCounts.__struct_fields__ if name != "buckets"}
    return ArmCounts(**known, buckets=buckets_of(whole, "total"))
