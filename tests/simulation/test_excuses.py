"""A second answer is excused only where no invocation could have known of the first."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from devserver.simulation.books.excuses import Excuses
from devserver.simulation.plan.weather import CALM, Weather
from devserver.simulation.scheduler.process import Process
from devserver.simulation.services.accesses import Access, Ownership
from devserver.simulation.services.dingtalk import Card, Change, Frame, Message
from devserver.simulation.services.tablestore import Tables
from devserver.simulation.world import Work, World

TURN = "t1"


class Story:
    """One question: who owned its row when, what Tablestore was asked, what was sent."""

    def __init__(self) -> None:
        random = Random(1)  # noqa: S311 - to be repeated, not to be secret
        world = World(random, on_event=lambda _event, _process: None)
        weather = Weather(world.loop, random, CALM, usual=(0.0, 0.0), slow=(0.0, 0.0))
        self.tables = Tables(world, weather, row_state=lambda _: ("", False))
        self.sent: list[Change] = []

    def work(self, name: str, **changes: Any) -> Work:
        return Work(
            name, changes.pop("role", "answer"), changes.pop("process", Process(name)), TURN, **changes
        )

    def owned(self, at: float, work: Work) -> None:
        self.tables.ownership.setdefault(TURN, []).append(Ownership(at, work.owner))

    def asked(self, work: Work, at: float, *, write: bool = True, fails: bool = False) -> None:
        applied = None if fails else at + 0.01
        heard = None if fails else at + 0.02
        self.tables.accesses.append(Access(TURN, work, write, at, applied, not fails, heard))

    def message(self, work: Work, at: float, *, acknowledged: bool = True) -> Message:
        message = Message(at + 0.1, at, work, "words")
        if acknowledged:
            message.acknowledged, message.acknowledged_by = at + 0.2, work
        self.sent.append(message)
        return message

    def reason(self, message: Change) -> str:
        return Excuses(TURN, self.tables, self.sent).message(message)


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_message_that_was_taken_and_recorded_has_no_excuse(story: Story) -> None:
    owner = story.work("a")
    story.owned(0.0, owner)
    story.asked(owner, 0.0)
    message = story.message(owner, 1.0)
    story.asked(owner, 1.5)

    assert story.reason(message) == ""


def test_a_message_whose_answer_was_lost_may_come_again(story: Story) -> None:
    owner = story.work("a")
    story.owned(0.0, owner)
    story.asked(owner, 0.0)

    assert story.reason(story.message(owner, 1.0, acknowledged=False)) == "its answer was lost"


@pytest.mark.parametrize(("killed_at", "excused"), [(1.3, True), (2.0, False)], ids=["before", "after"])
def test_a_kill_excuses_only_before_the_record(story: Story, killed_at: float, excused: bool) -> None:  # noqa: FBT001
    owner = story.work("a")
    story.owned(0.0, owner)
    story.asked(owner, 0.0)
    message = story.message(owner, 1.0)
    if not excused:
        story.asked(owner, 1.5)
    owner.process.killed_at = killed_at

    assert bool(story.reason(message)) == excused


def test_an_owner_that_was_taken_over_has_no_excuse(story: Story) -> None:
    owner, heir = story.work("a"), story.work("b")
    story.owned(0.0, owner)
    story.asked(owner, 0.0)
    story.owned(31.0, heir)

    assert story.reason(story.message(owner, 32.0, acknowledged=False)) == ""


def test_the_first_attempt_may_answer_without_ever_hearing_from_tablestore(story: Story) -> None:
    first = story.work("a")
    story.asked(first, 0.0, fails=True)

    assert story.reason(story.message(first, 5.0)) == "answered without Tablestore"


@pytest.mark.parametrize(
    "changes",
    [{"attempt": 2}, {"role": "failed_answer"}, {"role": "housekeeping"}],
    ids=["a retry", "failed_answer", "housekeeping"],
)
def test_whoever_is_not_the_first_attempt_may_not(story: Story, changes: dict[str, Any]) -> None:
    owner, later = story.work("a"), story.work("b", **changes)
    story.owned(0.0, owner)
    story.asked(later, 1.0, fails=True)

    assert story.reason(story.message(later, 5.0)) == ""


def test_a_condition_that_failed_is_an_answer(story: Story) -> None:
    owner, duplicate = story.work("a"), story.work("b")
    story.owned(0.0, owner)
    story.asked(duplicate, 1.0)
    story.asked(duplicate, 2.0, fails=True)

    assert story.reason(story.message(duplicate, 5.0)) == ""


def test_an_instance_that_has_answered_before_knows_it_without_tablestore(story: Story) -> None:
    process = Process("one")
    owner, again = story.work("a", process=process), story.work("b", process=process)
    story.owned(0.0, owner)
    story.asked(owner, 0.0)
    story.message(owner, 1.0)
    story.asked(again, 9.0, fails=True)

    assert story.reason(story.message(again, 10.0)) == ""


def test_a_card_whose_delivery_was_recorded_has_no_excuse_for_a_message_beside_it(story: Story) -> None:
    owner = story.work("a")
    story.owned(0.0, owner)
    story.asked(owner, 0.0)
    creation = Change(0.5, 0.4, owner, acknowledged=0.6, acknowledged_by=owner)
    story.asked(owner, 0.7)
    end = Frame(3.0, 2.9, owner, "words", 3.1, owner, "final", "g")
    story.asked(owner, 3.2)
    card = Card(TURN, creation, delivered=True, text="words", closed=True, frames=[end])

    assert Excuses(TURN, story.tables, [end]).card(card) == ""
    creation.acknowledged = None
    assert Excuses(TURN, story.tables, [end]).card(card) == "delivery in doubt: its answer was lost"
