"""A whole company asks in one moment, and no instance is warm: DingTalk pushes a message once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rag_on_dingtalk.cloud.job_codec import decode_job
from rag_on_dingtalk.models.question import Question, turn_id_of
from rag_on_dingtalk.texts import Texts
from tests.cold_fleet import cold_fleet, push_at_once

if TYPE_CHECKING:
    from pathlib import Path

PUSHES = 500
ASK_AGAIN = json.dumps(
    {"msgtype": "text", "text": {"content": Texts("zh").say("not_queued")}},
    ensure_ascii=False,
    separators=(",", ":"),
)


async def test_of_five_hundred_pushes_to_a_cold_fleet_none_is_refused_and_none_goes_unanswered(
    tmp_path: Path,
) -> None:
    messages = [f"msgBurst{number:03}==" for number in range(PUSHES)]
    async with cold_fleet(tmp_path) as host:
        answers = dict(zip(messages, await push_at_once(host, messages), strict=True))
        jobs = [decode_job(task.payload) for task in host.tasks()]

    assert {pushed.status for pushed in answers.values()} == {200}
    queued = {job.turn_id for job in jobs if isinstance(job, Question)}
    assert len(queued) == len(jobs)
    # Here one loop is DingTalk, gateway and queue in one. Where the queue's answer comes too late for
    # DingTalk's 2.5 s, the person is told to ask again.
    told = {message for message, pushed in answers.items() if pushed.body == ASK_AGAIN}
    assert {message for message in messages if turn_id_of("handbook", message) not in queued} <= told
