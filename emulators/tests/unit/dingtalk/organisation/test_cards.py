from __future__ import annotations

from typing import Literal

import pytest

from emulators.dingtalk.organisation.cards import Card, CardState, Frame
from emulators.dingtalk.organisation.people import RobotApp

ROBOT = RobotApp(name="travel", client_id="dingapp1", client_secret="s1")


def card(**variables: str) -> Card:
    return Card("turn-1", ROBOT, "own.schema", "content", 100.0, variables=dict(variables))


def frame(
    text: str, guid: str, kind: Literal["text", "finalize", "error"] = "text", *, in_flight: int = 1
) -> Frame:
    return Frame(101.0, kind, text, guid, in_flight)


def test_a_new_card_is_processing() -> None:
    assert card().state is CardState.PROCESSING
    assert card(flowStatus="2").state is CardState.INPUTING


def test_the_first_frame_makes_it_inputing_and_the_last_finished() -> None:
    one = card(question="住宿标准？")

    assert one.stream(frame("一", "g1")) == []
    assert (one.state, one.text, one.closed) == (CardState.INPUTING, "一", False)

    assert one.stream(frame("一二", "g2", "finalize")) == []
    assert (one.state, one.text, one.closed) == (CardState.FINISHED, "一二", True)
    assert one.question == "住宿标准？"
    assert [(f.kind, f.text) for f in one.frames] == [("text", "一"), ("finalize", "一二")]


def test_an_error_frame_fails_the_card() -> None:
    one = card()

    assert one.stream(frame("出错了", "g1", "error")) == []

    assert (one.state, one.closed) == (CardState.FAILED, True)


def test_a_repeated_frame_changes_nothing_and_breaks_no_rule() -> None:
    one = card()
    one.stream(frame("一", "g1"))
    one.stream(frame("一二", "g2"))

    assert one.stream(frame("一", "g1")) == []
    assert one.text == "一二"
    assert len(one.frames) == 2


def test_a_guid_used_for_another_text_is_reported_and_ignored() -> None:
    one = card()
    one.stream(frame("一", "g1"))

    assert one.stream(frame("二", "g1")) == [
        "guid g1 was used before for another text; every frame needs its own"
    ]
    assert one.text == "一"


def test_a_frame_after_the_end_is_reported_and_without_effect() -> None:
    one = card()
    one.stream(frame("完", "g1", "finalize"))

    assert one.stream(frame("晚", "g2")) == ["the card is already FINISHED; a text frame came after it"]
    assert (one.text, one.state) == ("完", CardState.FINISHED)


def test_frames_side_by_side_and_very_long_ones_are_reported_and_shown() -> None:
    one = card()

    assert len(one.stream(frame("一", "g1", in_flight=2))) == 1
    assert len(one.stream(frame("字" * 3001, "g2"))) == 1
    assert one.stream(frame("字" * 3000, "g3")) == []
    assert one.text == "字" * 3000


def test_an_update_overwrites_the_whole_map() -> None:
    one = card(content="一", question="？")

    one.update(101.0, {"content": "二"}, by_key=False)

    assert one.variables == {"content": "二"}


def test_an_update_by_key_leaves_the_other_variables() -> None:
    one = card(content="一", question="？")

    one.update(101.0, {"content": "二"}, by_key=True)

    assert one.variables == {"content": "二", "question": "？"}
    assert one.frames == [Frame(101.0, "update", "二")]


@pytest.mark.parametrize(("status", "closed"), [("2", False), ("3", True), ("4", False), ("5", True)])
def test_flow_status_moves_the_card(status: str, closed: bool) -> None:  # noqa: FBT001 - a parameter row
    one = card()

    one.update(101.0, {"flowStatus": status}, by_key=True)

    assert (one.state, one.closed) == (CardState(status), closed)


def test_private_variables_are_seen_by_one_person() -> None:
    one = card(content="一")
    one.update_private("user0001", {"likeStatus": "like"}, by_key=True)
    one.update_private("user0001", {"note": "x"}, by_key=True)

    assert one.seen_by("user0001") == {"content": "一", "likeStatus": "like", "note": "x"}
    assert one.seen_by("user0002") == {"content": "一"}

    one.update_private("user0001", {"likeStatus": "dislike"}, by_key=False)
    assert one.private == {"user0001": {"likeStatus": "dislike"}}
