"""The board: what strikes, how often, and for how long."""

from __future__ import annotations

import pytest

from emulators.faults import FaultBoard, UnknownFaultError


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> FaultBoard:
    board = FaultBoard(clock=clock)
    board.declare("tablestore.away", "Tablestore is away.")
    board.declare("tablestore.busy", "Tablestore is busy.")
    return board


def test_an_outage_strikes_every_time_until_its_seconds_are_over(board: FaultBoard, clock: Clock) -> None:
    board.begin_outage("tablestore.away", 30)
    during = [board.strikes("tablestore.away") for _ in range(3)]
    clock.now += 29.9
    during.append(board.strikes("tablestore.away"))
    left = board.outage_seconds_left()
    clock.now += 0.1

    assert during == [True] * 4
    assert left == pytest.approx(0.1)
    assert not board.strikes("tablestore.away")
    assert (board.outage_seconds_left(), board.struck()) == (0.0, {"tablestore.away": 4})


def test_an_outage_is_no_shorter_for_a_second_one(board: FaultBoard, clock: Clock) -> None:
    board.begin_outage("tablestore.away", 30)
    board.begin_outage("tablestore.away", 5)
    clock.now += 29

    assert board.strikes("tablestore.away")


def test_an_outage_goes_on_when_the_weather_around_it_changes(board: FaultBoard, clock: Clock) -> None:
    board.switch_on("tablestore.away", count=1)
    board.begin_outage("tablestore.away", 30)
    board.end_spell("tablestore.away")

    assert board.switched_on() == {"tablestore.away": 1.0}
    clock.now += 30
    assert board.switched_on() == {}
    assert not board.strikes("tablestore.away")


def test_an_outage_uses_up_neither_a_count_nor_a_random_number(board: FaultBoard, clock: Clock) -> None:
    board.switch_on("tablestore.away", probability=0.5, count=1)
    state = board.random.getstate()
    board.begin_outage("tablestore.away", 30)
    board.strikes("tablestore.away")
    clock.now += 30

    assert board.random.getstate() == state
    assert "tablestore.away" in board.switched_on()


@pytest.mark.parametrize("name", [None, "tablestore.away"])
def test_switched_off_is_off(board: FaultBoard, name: str | None) -> None:
    board.begin_outage("tablestore.away", 30)
    board.switch_off(name)

    assert not board.strikes("tablestore.away")


def test_a_misspelt_outage_is_refused(board: FaultBoard) -> None:
    with pytest.raises(UnknownFaultError, match=r"tablestore\.away, tablestore\.busy"):
        board.begin_outage("tablestore.gone", 30)
