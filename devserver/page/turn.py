"""One question's way: from the message to what came of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from emulators.dingtalk.organisation.cards import CardState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devserver.page.views import Json, Views
    from devserver.system import LocalSystem
    from emulators.dingtalk import Card, Message, RobotApp
    from emulators.function_compute.asynchronous.tasks import Task

#: `done` and `failed` are final.
Outcome = Literal["waiting", "done", "failed"]


#: What lies in the queue; `given_up`: a job that Function Compute has given up; "": nothing of the bot's.
JobKind = Literal[
    "question", "card_action", "event", "notice", "evaluation", "late_card", "given_up", "timer", ""
]


class Job(msgspec.Struct, frozen=True):
    """What the inspector reads of a queued payload; empty for anything that is no job of the bot's.

    job: as the queue names it; `kind` says what it is to a reader.
    text: of a question. action, words, user_id: of a click. type: of an event.
    given_up: the payload is the record of a failed invocation, which holds the question's own payload.
    """

    turn_id: str = ""
    bot: str = ""
    job: Literal["question", "card_action", "event", "notice", "evaluation", "late_card", ""] = ""
    text: str = ""
    action: str = ""
    words: str = ""
    user_id: str = ""
    type: str = ""
    record: bool = False
    given_up: str = msgspec.field(name="requestPayload", default="")

    @property
    def kind(self) -> JobKind:
        """What lies in the queue."""
        return "given_up" if self.record else self.job


def job_in(payload: bytes) -> Job:
    """The job in a task's payload, or in the record of its failure."""
    try:
        job = msgspec.json.decode(payload, type=Job)
        if not job.given_up:
            return job
        return msgspec.structs.replace(msgspec.json.decode(job.given_up, type=Job), record=True)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Job()


@dataclass(frozen=True)
class Asked:
    """A message said through the console, all deliveries of which have ended."""

    message: Message
    robot: RobotApp


def outcome(
    row: Json | None, tasks: Sequence[Task], card: Card | None, replies: Sequence[Message]
) -> tuple[Outcome, str]:
    """What came of a question, and why it failed (a FailureKind, or words for who runs the system).

    row: the turn in Tablestore. tasks: its async invocations, and those that its failure led to.
    replies: what the bot said besides the card.
    The row decides. Without its last word (the question never got that far, or recording it failed) the
    queue tells whether an attempt still goes on, and the chat whether there is an answer.
    """
    status = "" if row is None else row.get("status")
    if row is not None and status in ("done", "failed"):
        return ("failed", str(row.get("failure", ""))) if status == "failed" else ("done", "")
    if any(not task.finished for task in tasks):
        return "waiting", ""
    if not tasks:
        return "failed", "the bot did not queue the question"
    for task in tasks:
        if task.status != "Succeeded":
            return "failed", f"Function Compute gave up: {task.error or task.status}"
    if replies or (card is not None and card.state is CardState.FINISHED):
        return "done", ""
    return "failed", "the function ended without an answer"


def report(
    system: LocalSystem, views: Views, turn_id: str, asked: Asked | None, *, frames_from: int = 0
) -> Json | None:
    """All there is about one turn; None when there is no trace of it.

    frames_from: how many of the card's frames the caller has already.
    """
    row = _row(system, turn_id)
    tasks = [task for task in system.functions.tasks() if job_in(task.payload).turn_id == turn_id]
    card = _card(system, turn_id)
    if row is None and not tasks and card is None and asked is None:
        return None
    replies = _replies(asked)
    status, failure = outcome(row, tasks, card, replies)
    return {
        "turn_id": turn_id,
        "status": status,
        "failure": failure,
        "row": row,
        "card": None if card is None else views.card(card),
        "frames": [views.frame(frame) for frame in card.frames[frames_from:]] if card else [],
        "replies": [views.message(message) for message in replies],
        "calls": len(system.dingtalk.ledger.calls_for(turn_id)),
    }


def _row(system: LocalSystem, turn_id: str) -> dict[str, Any] | None:
    rows = system.tablestore.rows("turns", sys.maxsize)
    return next((row for row in rows if row["turn_id"] == turn_id), None)


def _card(system: LocalSystem, turn_id: str) -> Card | None:
    try:
        return system.dingtalk.card(turn_id)
    except LookupError:
        return None


def _replies(asked: Asked | None) -> list[Message]:
    """What the bot said in that chat since; with several questions at once also to the others."""
    if asked is None:
        return []
    messages = asked.message.conversation.messages
    since = messages[messages.index(asked.message) + 1 :]
    return [message for message in since if message.sender is asked.robot]
