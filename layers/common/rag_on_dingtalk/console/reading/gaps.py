"""The gaps among the newest questions: a few requests, however many questions there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.knowledge.gaps import KnownGap, open_gaps, read_gap
from rag_on_dingtalk.observability.days import DAY_MS, day_of

if TYPE_CHECKING:
    from rag_on_dingtalk.console.services import Services
    from rag_on_dingtalk.observability.events import QuestionEvent

#: Comparing more takes a page too long; the report compares twice as many.
_MOST, _ROWS, _REQUESTS = 1_500, 500, 10


class Gaps(msgspec.Struct, frozen=True):
    """read: how many questions were looked at."""

    open: tuple[KnownGap, ...]
    ignored: tuple[KnownGap, ...]
    read: int


async def read_gaps(services: Services, bot: str, days: int, now_ms: int) -> Gaps:
    """The gaps of the last days.

    Raises:
        StateError: Tablestore could not be asked.
    """
    events: list[QuestionEvent] = []
    ago = 0
    before: tuple[str | int, ...] = ()
    for _ in range(_REQUESTS):
        if ago >= days or len(events) >= _MOST:
            break
        found, following = await services.questions.page(
            bot, day_of(now_ms - ago * DAY_MS), before=before, limit=_ROWS
        )
        events += found
        before = following
        ago += not following
    stored = (read_gap(columns) for columns in (await services.curated.gaps(bot)).values())
    known = {gap.id: gap for gap in stored if gap is not None}
    ignored = tuple(gap for gap in known.values() if gap.state == "ignored")
    return Gaps(tuple(open_gaps(events, known, now_ms)), ignored, len(events))
