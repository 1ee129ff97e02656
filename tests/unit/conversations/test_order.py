from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.conversations.position import ahead_of
from rag_on_dingtalk.storage.conversations.inbox import QueueEntry

NOW = 1_000


def entry(asked_ms: int, *, running: bool = False, alive: bool = True) -> QueueEntry:
    return QueueEntry(asked_ms, f"t{asked_ms}", lease_until=NOW if alive else NOW - 1, running=running)


def test_who_asked_earlier_is_answered_earlier() -> None:
    line = [entry(1), entry(2), entry(3)]

    assert [ahead_of(mine, line, NOW) for mine in line] == [0, 1, 2]


def test_a_dead_place_holds_nobody_up() -> None:
    assert ahead_of(entry(2), [entry(1, alive=False), entry(2)], NOW) == 0


def test_the_one_that_is_being_answered_is_waited_for_even_if_asked_later() -> None:
    assert ahead_of(entry(1), [entry(1), entry(2, running=True)], NOW) == 1


def test_nobody_waits_for_themselves() -> None:
    assert ahead_of(entry(1), [entry(1, running=True)], NOW) == 0


@given(
    st.lists(
        st.builds(QueueEntry, st.integers(0, 9), st.text(max_size=2), st.integers(0, 2_000)),
        unique_by=lambda p: p.turn_id,
    )
)
def test_of_those_who_wait_exactly_one_living_is_next(line: list[QueueEntry]) -> None:
    living = [one for one in line if one.lease_until >= NOW]

    assert sum(ahead_of(one, line, NOW) == 0 for one in living) == min(len(living), 1)
