"""The gaps among the newest questions: a few requests, however many questions there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.knowledge.gaps import KnownGap, open_gaps, read_gap
from rag_on_dingtalk.observability.days import DAY_MS, day_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.console.services import Services
    from rag_on_dingtalk.observability.events import QuestionEvent
    from rag_on_dingtalk.storage.rows.client import Columns

#: Rows of questions that a page reads, of one request, and requests.
MOST_READ, _ROWS, _REQUESTS = 1_000, 500, 8
#: Wordings that it compares, where the report compares more; gaps that were dealt with; and open ones shown.
MOST_COMPARED, MOST_STORED, MOST_SHOWN = 500, 500, 100
#: What decides whether a question was answered, and what is shown of it.
_COLUMNS = ("asker", "question", "outcome", "citations", "skill", "expert", "feedback", "route")


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
        if ago >= days or len(events) >= MOST_READ:
            break
        found, following = await services.questions.page(
            bot,
            day_of(now_ms - ago * DAY_MS),
            before=before,
            limit=min(_ROWS, MOST_READ - len(events)),
            columns=_COLUMNS,
        )
        events += found
        before = following
        ago += not following
    stored, complete = await services.curated.some_gaps(bot, most=MOST_STORED)
    known = _read(stored)
    still_open = open_gaps(events, known, now_ms, most=MOST_COMPARED)[:MOST_SHOWN]
    if still_open and not complete:
        # What was dealt with and not read is found by its id.
        more = _read(await services.curated.gaps_of(bot, [gap.id for gap in still_open]))
        still_open = [gap for gap in still_open if gap.id not in more or more[gap.id].state == "open"]
    ignored = tuple(gap for gap in known.values() if gap.state == "ignored")
    return Gaps(tuple(still_open), ignored, len(events))


def _read(rows: Mapping[str, Columns]) -> dict[str, KnownGap]:
    gaps = (read_gap(columns) for columns in rows.values())
    return {gap.id: gap for gap in gaps if gap is not None}
