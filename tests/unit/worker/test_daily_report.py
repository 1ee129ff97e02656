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

#: Of the last `reports`.
LOG: list[str] = []
SEND, UPLOAD = "/v1.0/robot/groupMessages/send", "/media/upload"


def a_reporting_bot(report: str = "daily", group: str = "cidOps") -> Bot:
    operations: Any = OperationsSettings(group=group, report=report)  # type: ignore[arg-type]
    app = DingTalkApp(client_id="d", client_secret="env:S", card=None, budget=Budget(monthly_calls=None))
    return a_bot(dingtalk=app, operations=operations)


async def reports(
    bot: Bot, *moments: int, instances: int = 1, dingtalk: FakeDingTalk | None = None, refused: str = ""
) -> list[str]:
    """What the group is sent when housekeeping runs at these moments, on that many instances each time.

    refused: a path that DingTalk throttles at the first of the moments.
    """
    rows, dingtalk = MemoryRows(), dingtalk or FakeDingTalk()
    over: Any = rows
    if refused:
        dingtalk.answers[refused] = (
            403,
            {"code": "Forbidden.AccessDenied.QpsLimitForApi", "message": "busy"},
        )
    await Questions(over).remember(
        QuestionEvent(turn_id="t1", bot="handbook", asked_ms=NINE - 24 * HOUR_MS, outcome="answered")
    )
    LOG.clear()
    for moment in moments:
        for _ in range(instances):
            async with Worker(bot, rows=rows, dingtalk=dingtalk).started() as worker:
                worker.skipped_ms = moment - NOW_MS
                await worker.dispatcher.clean_up(worker.invocation())
                LOG.extend(worker.log)
        dingtalk.answers.clear()
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


@skipping
async def test_a_quiet_day_has_no_picture() -> None:
    dingtalk = FakeDingTalk()

    await reports(a_reporting_bot(), NINE + 24 * HOUR_MS, dingtalk=dingtalk)

    assert dingtalk.uploads == []


@pytest.mark.parametrize("report", ["daily", "weekly"])
@skipping
async def test_the_report_shows_a_picture_that_was_uploaded_once(report: str) -> None:
    dingtalk = FakeDingTalk()

    (told,) = await reports(
        a_reporting_bot(report), NINE, NINE + 600_000, NINE + HOUR_MS, instances=2, dingtalk=dingtalk
    )

    (upload,) = dingtalk.uploads
    assert b"\x89PNG" in upload
    assert "](@lADpicture1)" in told


@skipping
async def test_a_report_that_was_throttled_goes_out_in_the_next_round_with_the_picture_of_the_first() -> None:
    dingtalk = FakeDingTalk()

    (told,) = await reports(
        a_reporting_bot(), NINE, NINE + 600_000, NINE + HOUR_MS, dingtalk=dingtalk, refused=SEND
    )

    assert len(dingtalk.uploads) == 1
    assert "](@lADpicture1)" in told
    assert "ERROR report_not_sent" in LOG


@skipping
async def test_a_report_whose_sending_is_in_doubt_is_not_sent_again() -> None:
    dingtalk = FakeDingTalk()
    dingtalk.answers[SEND] = (500, {"code": "500", "message": "perhaps"})

    assert await reports(a_reporting_bot(), NINE, NINE + 600_000, dingtalk=dingtalk) == []


@skipping
async def test_a_refused_picture_leaves_the_line_of_characters() -> None:
    (told,) = await reports(a_reporting_bot(), NINE, NINE + 600_000, refused=UPLOAD)

    assert "▁" in told
    assert "](" not in told
    assert "WARNING report_without_picture" in LOG
