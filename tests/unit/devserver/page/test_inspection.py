"""What the inspector says of the queue and of the faults."""

from __future__ import annotations

import msgspec
import pytest

from devserver.command_line.options import every_fault
from devserver.page.inspection import chinese, faults
from devserver.page.turn import JobKind, job_in
from emulators.function_compute.asynchronous.destinations import record
from rag_on_dingtalk.cloud.job_codec import encode_job
from rag_on_dingtalk.models.jobs import CardAction, EvaluationSlice, Job, LateCard, Notice, OrganisationEvent
from tests.builders import a_question

CLICK = CardAction(
    bot="handbook", turn_id="t1", action="dislike", user_id="user0001", clicked_ms=1, words="内容过时"
)
EVENT = OrganisationEvent(bot="handbook", event_id="e1", type="user_leave_org", occurred_ms=1)


@pytest.mark.parametrize(
    ("job", "kind"),
    [
        (a_question(), "question"),
        (CLICK, "card_action"),
        (EVENT, "event"),
        (Notice(bot="handbook", kind="push_quota", noticed_ms=1), "notice"),
        (EvaluationSlice("handbook", "r1", 0), "evaluation"),
        (LateCard("handbook", "t1"), "late_card"),
    ],
)
def test_each_job_is_named_as_what_it_is_and_so_is_one_that_was_given_up(job: Job, kind: JobKind) -> None:
    payload = encode_job(job)
    failed = record(request_id="1", function_arn="", attempts=3, payload=payload, outcome=None, now=1.0)

    assert (job_in(payload).kind, job_in(failed).kind) == (kind, "given_up")
    assert msgspec.structs.replace(job_in(failed), record=False) == job_in(payload)


def test_a_click_tells_who_clicked_what_and_an_event_its_type() -> None:
    click = job_in(encode_job(CLICK))

    assert (click.action, click.words, click.user_id) == ("dislike", "内容过时", "user0001")
    assert job_in(encode_job(EVENT)).type == "user_leave_org"


def test_every_fault_is_described_in_the_pages_language_and_no_description_is_left_over() -> None:
    board = every_fault()
    names = {kind.name for kind in board.kinds}

    assert names - set(chinese()) == set(), "Add these to devserver/page/chinese_faults.yaml."
    assert set(chinese()) - names == set(), "Take these out of devserver/page/chinese_faults.yaml."
    for fault in faults(board):
        assert fault["chinese"] == chinese()[fault["name"]]
        # A value that may be typed in is explained.
        assert ("value" not in fault["sentence"].replace("values", "")) or "值" in fault["chinese"], fault[
            "name"
        ]
