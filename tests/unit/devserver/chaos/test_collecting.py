"""What the books are told of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.chaos.collecting import shown
from emulators.dingtalk import Card, CardState, RobotApp
from emulators.dingtalk.organisation.cards import Frame

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


def test_a_card_that_is_being_written_is_not_closed() -> None:
    assert shown(a_card(CardState.INPUTING, [Frame(11.0, "text", "五")])).closed_at is None
