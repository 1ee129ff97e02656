from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devserver.page.turn import Job, job_in, outcome
from emulators.dingtalk import Card, CardState, Message, RobotApp
from emulators.dingtalk.organisation.chats import Conversation, ConversationKind
from emulators.function_compute.asynchronous.tasks import Status, Task

ROBOT = RobotApp(name="handbook", client_id="dingapp1", client_secret="secret-1")
CHAT = Conversation("cid1", ConversationKind.ONE_TO_ONE, "手册", [], [ROBOT])
REPLY = Message("msg1", CHAT, ROBOT, "text", "好", {}, 1.0, "session_webhook")


def task(status: Status, error: str = "") -> Task:
    return Task(
        task_id="1",
        request_id="1",
        function="answer",
        function_arn="",
        payload=b"{}",
        enqueued=1.0,
        status=status,
        error=error,
    )


def card(state: CardState) -> Card:
    shown = Card("t1", ROBOT, "template", "content", 1.0)
    shown.state = state
    return shown


@pytest.mark.parametrize("tasks", [[], [task("Running")], [task("Failed")], [task("Succeeded")]])
def test_the_recorded_turn_decides(tasks: list[Task]) -> None:
    assert outcome({"status": "done", "failure": ""}, tasks, None, []) == ("done", "")
    assert outcome({"status": "failed", "failure": "upstream"}, tasks, None, []) == ("failed", "upstream")


@pytest.mark.parametrize("row", [None, {"status": "claimed"}, {"status": "released"}])
@pytest.mark.parametrize("status", ["Enqueued", "Running", "Retrying"])
def test_as_long_as_somebody_tries_there_is_hope(row: dict[str, Any] | None, status: Status) -> None:
    assert outcome(row, [task("Failed"), task(status)], None, []) == ("waiting", "")


def test_a_question_that_was_not_queued_has_failed() -> None:
    assert outcome(None, [], None, [REPLY]) == ("failed", "the bot did not queue the question")


def test_giving_up_is_told_with_the_error_once_everything_is_over() -> None:
    row, given_up = {"status": "claimed"}, task("Failed", "killed by signal 9")

    assert outcome(row, [given_up, task("Running")], None, []) == ("waiting", "")
    status, why = outcome(row, [given_up, task("Succeeded")], card(CardState.FINISHED), [])
    assert (status, "killed by signal 9" in why) == ("failed", True)


@pytest.mark.parametrize(("shown", "replies"), [(card(CardState.FINISHED), []), (None, [REPLY])])
def test_an_answer_that_could_not_be_recorded_is_one_all_the_same(
    shown: Card | None, replies: list[Message]
) -> None:
    assert outcome({"status": "claimed"}, [task("Succeeded")], shown, replies) == ("done", "")


def test_a_function_that_ends_in_silence_has_failed() -> None:
    status, why = outcome(None, [task("Succeeded")], card(CardState.INPUTING), [])

    assert (status, why) == ("failed", "the function ended without an answer")


def test_the_question_in_a_payload_is_found() -> None:
    payload = '{"job": "question", "turn_id": "t1", "bot": "handbook", "text": "在吗", "more": 1}'.encode()

    assert Job("t1", "handbook", "question", "在吗") == job_in(payload)


def test_the_question_in_the_record_of_a_failure_is_found() -> None:
    record = b'{"requestContext": {}, "requestPayload": "{\\"turn_id\\": \\"t1\\"}"}'

    assert job_in(record).turn_id == "t1"


@given(st.binary())
def test_a_payload_that_is_no_question_is_empty_or_read(payload: bytes) -> None:
    assert isinstance(job_in(payload), Job)
