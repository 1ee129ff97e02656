"""The report at nine: when it is sent, where, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.settings.sections.dingtalk import Budget, DingTalkApp
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from rag_on_dingtalk.storage.journal.questions import Questions
from tests.builders import NOW_MS, a_bot
from tests.in_process import FakeDingTalk, MemoryRows, Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot

HOUR_MS = 3_600_000
#: 09:05 in China on 2026-11-30, a Monday.
NINE = 1_796_000_700_000


def a_reporting_bot(report: str = "daily", group: str = "cidOps") -> Bot:
    operations: Any = OperationsSettings(group=group, report=report)  # type: ignore[arg-type]
    app = DingTalkApp(client_id="d", client_secret="env:S", card=None, budget=Budget(monthly_calls=None))
    return a_bot(dingtalk=app, operations=operations)


async def reports(bot: Bot, *moments: int, instances: int = 1) -> list[str]:
    """What the group is sent when housekeeping runs at these moments, on that many instances each time."""
    rows, dingtalk = MemoryRows(), FakeDingTalk()
    over: Any = rows
    await Questions(over).remember(
        QuestionEvent(turn_id="t1", bot="handbook", asked_ms=NINE - 24 * HOUR_MS, outcome="answered")
    )
    for moment in moments:
        for _ in range(instances):
            async with Worker(bot, rows=rows, dingtalk=dingtalk).started() as worker:
                worker.skipped_ms = moment - NOW_MS
                await worker.dispatcher.clean_up(worker.invocation())
    return [message for message in dingtalk.messages if "报告" in message or "没有人提问" in message]


@skipping
async def test_yesterday_is_told_once_however_many_rounds_there_are() -> None:
    (told,) = await reports(a_reporting_bot(), NINE, NINE + 600_000, NINE + HOUR_MS, instances=2)

    assert "2026-11-29" in told
    assert "提问 1 次" in told


@pytest.mark.parametrize(
    ("bot", "moment", "count"),
    [
        (a_reporting_bot(), NINE - HOUR_MS, 0),
        (a_reporting_bot(), NINE + 3 * HOUR_MS, 0),
        (a_reporting_bot(), NINE + 2 * HOUR_MS, 1),
        (a_reporting_bot(group=""), NINE, 0),
        (a_reporting_bot("off"), NINE, 0),
        (a_reporting_bot("weekly"), NINE, 1),
        (a_reporting_bot("weekly"), NINE + 24 * HOUR_MS, 0),
    ],
)
@skipping
async def test_it_is_sent_in_the_morning_of_its_days_to_a_group(bot: Bot, moment: int, count: int) -> None:
    assert len(await reports(bot, moment)) == count


@skipping
async def test_a_quiet_day_is_one_line() -> None:
    (told,) = await reports(a_reporting_bot(), NINE + 24 * HOUR_MS)

    assert "2026-11-30 没有人提问" in told
