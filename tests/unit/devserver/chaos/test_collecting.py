"""What the books are told of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.chaos.books.evidence import Creation
from devserver.chaos.collecting import CREATE_API, shown
from emulators.dingtalk import Card, CardState, RobotApp
from emulators.dingtalk.organisation.cards import Frame
from emulators.dingtalk.organisation.ledger import Call

if TYPE_CHECKING:
    from collections.abc import Sequence


def a_card(state: CardState, frames: Sequence[Frame] = ()) -> Card:
    robot = RobotApp(name="handbook", client_id="ding1", client_secret="s")
    card = Card("t1", robot, "template", "content", created_at=10.0, state=state)
    card.frames.extend(frames)
    return card


def test_a_card_is_closed_by_its_last_closing_frame() -> None:
    frames = [Frame(11.0, "text", "五"), Frame(12.0, "finalize", "五天。")]

    assert shown(a_card(CardState.FINISHED, frames)).closed_at == 12.0


def test_a_card_that_was_created_with_the_whole_answer_is_closed_from_then_on() -> None:
    assert shown(a_card(CardState.FINISHED)).closed_at == 10.0


def test_the_call_that_made_a_whole_card_is_the_last_one_before_it() -> None:
    calls = [
        Call(1, 8.0, CREATE_API, "t1", caller="a", status=None),
        Call(2, 9.9, CREATE_API, "t1", caller="b", status=200),
        Call(3, 12.0, CREATE_API, "t1", caller="c", status=None),
    ]

    assert shown(a_card(CardState.FINISHED), calls).whole == Creation("b", 9.9, heard=True)
    assert shown(a_card(CardState.FINISHED), calls[:1]).whole == Creation("a", 8.0, heard=False)
    assert shown(a_card(CardState.FINISHED, [Frame(12.0, "finalize", "五天。")]), calls).whole is None


def test_a_card_that_is_being_written_is_not_closed() -> None:
    assert shown(a_card(CardState.INPUTING, [Frame(11.0, "text", "五")])).closed_at is None
