"""What a day's or a week's questions come to. Pure."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.observability.report.bars import Bar, bars_of
from rag_on_dingtalk.observability.report.gaps import Gap, gaps, is_like, normalised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.observability.events import QuestionEvent

_MOST_LISTED = 5


class DayReport(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers.

    asked: questions; commands and refusals are in `outcomes` only.
    p50_ms, p95_ms: of the whole answer, from the times themselves; 0 without any.
    top: the most usual questions and how often; from three people on, like gaps.
    hours: questions by hour of the day. bars: what the picture shows.
    """

    first: str
    last: str
    asked: int = 0
    people: int = 0
    outcomes: dict[str, int] = {}
    liked: int = 0
    disliked: int = 0
    p50_ms: int = 0
    p95_ms: int = 0
    cache_hits: int = 0
    calls: int = 0
    tokens: int = 0
    top: tuple[tuple[str, int], ...] = ()
    gaps: tuple[Gap, ...] = ()
    hours: tuple[int, ...] = ()
    bars: tuple[Bar, ...] = ()

    @property
    def answered(self) -> int:
        """Questions with an answer from the documents."""
        return self.outcomes.get("answered", 0)

    @property
    def nothing_found(self) -> int:
        """Questions that the documents do not answer."""
        return self.outcomes.get("nothing_found", 0)

    @property
    def failed(self) -> int:
        """Questions without an answer."""
        return self.outcomes.get("failed", 0)


#: What a person asked of the documents.
_QUESTIONS = frozenset(("answered", "nothing_found", "failed", "stopped"))


def day_report(
    events: Sequence[QuestionEvent], *, first: str, last: str, now_ms: int, closed: Sequence[str] = ()
) -> DayReport:
    """The report of these days.

    events: all of them, in any order. closed: questions of gaps that people have filled or ignored.
    """
    asked = [event for event in events if event.outcome in _QUESTIONS]
    times = sorted(event.total_ms for event in asked if event.outcome in ("answered", "nothing_found"))
    hours = Counter(int(event.hour[-2:]) for event in asked)
    return DayReport(
        first=first,
        last=last,
        asked=len(asked),
        people=len({event.asker for event in asked}),
        outcomes=dict(Counter(event.outcome for event in events)),
        liked=sum(event.feedback == "like" for event in asked),
        disliked=sum(event.feedback == "dislike" for event in asked),
        p50_ms=_percentile(times, 0.5),
        p95_ms=_percentile(times, 0.95),
        cache_hits=sum(event.cache == "hit" for event in asked),
        calls=sum(event.calls for event in events),
        tokens=sum(event.prompt_tokens + event.completion_tokens for event in events),
        top=_top(asked),
        gaps=tuple(gap for gap in gaps(events, now_ms) if not is_like(gap.question, closed))[:_MOST_LISTED],
        hours=tuple(hours.get(hour, 0) for hour in range(24)),
        bars=bars_of(asked, first=first, last=last),
    )


def _top(asked: Sequence[QuestionEvent]) -> tuple[tuple[str, int], ...]:
    wordings: dict[str, list[QuestionEvent]] = {}
    for event in asked:
        if event.question:
            wordings.setdefault(normalised(event.question), []).append(event)
    usual = [group for group in wordings.values() if len({one.asker for one in group}) >= 3]  # noqa: PLR2004
    usual.sort(key=lambda group: (-len(group), group[0].question))
    return tuple((group[0].question, len(group)) for group in usual[:_MOST_LISTED])


def _percentile(times: Sequence[int], share: float) -> int:
    return times[max(math.ceil(share * len(times)) - 1, 0)] if times else 0
