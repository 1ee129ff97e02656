"""The report's picture at DingTalk's side: uploaded, and shown by the message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulators.dingtalk import faults as fault
from rag_on_dingtalk.observability.days import DAY_MS, day_of, start_of
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from rag_on_dingtalk.storage.journal.questions import Questions

if TYPE_CHECKING:
    from tests.contract.reports.conftest import World
    from tests.contract.webhook.conftest import Front


@pytest.fixture
def operations(front: Front) -> OperationsSettings:
    return OperationsSettings(group=front.side.group().id, report="daily")


async def report(world: World) -> str:
    """What the group is told on the next morning at nine."""
    worker = world.worker
    rows: Any = worker.rows
    now = worker.now_ms
    nine = start_of(day_of(now)) + DAY_MS + 9 * 3_600_000
    asked = QuestionEvent(turn_id="t1", bot="handbook", asked_ms=now, outcome="answered")
    await Questions(rows).remember(asked)
    worker.skipped_ms += nine - now
    await worker.dispatcher.clean_up(worker.invocation())
    (message,) = world.said
    return message.text


async def test_the_message_shows_the_picture_that_was_uploaded(world: World) -> None:
    told = await report(world)

    (upload,) = world.front.side.media.uploads
    assert upload.type == "image"
    assert upload.data.startswith(b"\x89PNG")
    assert f"]({upload.media_id})" in told


async def test_where_dingtalk_takes_no_picture_the_report_has_its_line(world: World) -> None:
    world.faults.switch_on(fault.MEDIA_REFUSED)

    told = await report(world)

    assert world.front.side.media.uploads == []
    assert "█" in told
