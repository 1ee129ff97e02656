"""What a report is made of, read from the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.observability.experiments.comparison import compare
from rag_on_dingtalk.observability.experiments.status_text import status_of
from rag_on_dingtalk.observability.incidents.life import Incident
from rag_on_dingtalk.observability.report.day import DayReport, day_report
from rag_on_dingtalk.observability.report.report_text import told
from rag_on_dingtalk.observability.spending import cny_of
from rag_on_dingtalk.storage.journal.incidents import Incidents
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.knowledge.curated import CuratedRows
from rag_on_dingtalk.storage.shared.counters import CallCounter, month_of
from rag_on_dingtalk.storage.shared.experiments import ExperimentRow, Experiments

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.rows.client import Rows


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report, ready to be written.

    calls_left: of the month; None: nothing is counted. cost: with its currency.
    experiments: how each goes.
    """

    day: DayReport
    title: str
    language: Literal["zh", "en"]
    calls_left: int | None
    cost: str
    incidents: dict[str, Incident]
    experiments: tuple[str, ...]

    def markdown(self, picture: str = "") -> str:
        """As a message.

        picture: the media id of its bars; empty: there is none.
        """
        return told(
            self.day,
            title=self.title,
            language=self.language,
            calls_left=self.calls_left,
            cost=self.cost,
            incidents=self.incidents,
            experiments=self.experiments,
            picture=picture,
        )


async def report_of(rows: Rows, name: str, bot: Bot, *, first: str, last: str, now_ms: int) -> Report:
    """The report of these days.

    Raises:
        StateError: Tablestore could not be asked.
    """
    closed = await CuratedRows(rows).closed_gaps(name) if bot.skills.curated else ()
    events = [event async for event in Questions(rows).between(name, first, last)]
    budget, left = bot.dingtalk.budget.monthly_calls, None
    if budget is not None:
        counter = CallCounter(rows, bot.dingtalk.client_id, me="", clock=lambda: now_ms)
        left = max(budget - (await counter.read(month_of(now_ms))).spent, 0)
    busy_ms = sum(max(event.total_ms - event.waited_ms, 0) for event in events)
    return Report(
        day=day_report(events, first=first, last=last, now_ms=now_ms, closed=closed),
        title=bot.title,
        language=bot.language,
        calls_left=left,
        cost=f"{cny_of(busy_ms):.2f} CNY",
        incidents=dict(await Incidents(rows).of_bot(name)),
        experiments=tuple(await _experiments(rows, name, bot)),
    )


async def _experiments(rows: Rows, name: str, bot: Bot) -> list[str]:
    """How each of the bot's experiments goes."""
    wanted = dict.fromkeys(route.of_experiment for route in bot.all_routes if route.of_experiment)
    found = await Experiments(rows).of(name) if wanted else {}
    return [
        status_of(one, row.status, compare(row.canary, row.stable), language=bot.language)
        for one, row in ((one, found.get(one, ExperimentRow())) for one in wanted)
    ]
