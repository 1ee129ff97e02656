"""Captured headers are good for a few bodies, not for any number of them."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.webhook.replay_limit import FRESH_MS, MOST_AT_ONCE, MOST_BODIES, ReplayLimit
from tests.unit.webhook.edge import (
    NOW_MS,
    SAY_NOTHING,
    UNAUTHORIZED,
    Edge,
    card_push,
    click_body,
    message,
    robot_push,
)

#: When a captured header pair is used: no longer in the moment when it was signed.
LATER = str(NOW_MS - FRESH_MS - 1)


def test_a_captured_header_pair_is_good_for_a_few_messages() -> None:
    edge = Edge()
    forged = (robot_push(message(msgId=f"msgForged{number}=="), timestamp=LATER) for number in range(20))
    answers = [edge.send(push) for push in forged]

    assert answers == [(200, SAY_NOTHING)] * MOST_BODIES + [(401, UNAUTHORIZED)] * (20 - MOST_BODIES)
    assert len(edge.queued) == MOST_BODIES
    assert set(edge.reasons) == {"replayed"}


def test_of_those_who_ask_in_the_same_millisecond_each_is_heard() -> None:
    edge = Edge()
    answers = [edge.send(robot_push(message(msgId=f"msgAtOnce{number}=="))) for number in range(20)]

    assert answers == [(200, SAY_NOTHING)] * MOST_AT_ONCE + [(401, UNAUTHORIZED)] * (20 - MOST_AT_ONCE)


def test_a_timestamp_ahead_of_time_buys_no_more() -> None:
    edge = Edge()
    for number in range(20):
        edge.send(robot_push(message(msgId=f"msgForged{number}=="), timestamp=str(NOW_MS + FRESH_MS + 1)))

    assert len(edge.queued) == MOST_BODIES


def test_the_same_for_all_bots_of_one_app() -> None:
    edge = Edge()
    for number in range(20):
        for bot in ("english", "plain", "sealed"):
            edge.send(
                robot_push(message(msgId=f"msgForged{bot}{number}=="), f"/robot/{bot}", timestamp=LATER)
            )

    assert len(edge.queued) == MOST_BODIES


def test_a_message_that_is_pushed_again_is_taken_again_however_much_was_forged() -> None:
    edge = Edge()
    genuine = robot_push(message())
    edge.send(genuine)
    for number in range(20):
        edge.send(robot_push(message(msgId=f"msgForged{number}==")))

    assert edge.send(genuine) == (200, SAY_NOTHING)


def test_a_new_push_has_a_signature_of_its_own() -> None:
    edge = Edge()
    for number in range(20):
        edge.send(robot_push(message(msgId=f"msgForged{number}==")))

    later = robot_push(message(msgId="msgGenuine=="), timestamp=str(NOW_MS + 1))
    assert edge.send(later) == (200, SAY_NOTHING)


def test_a_captured_header_pair_is_good_for_a_few_clicks() -> None:
    edge = Edge()
    for number in range(20):
        edge.send(card_push(click_body(userId=f"user{number:04}"), timestamp=LATER))

    assert len(edge.queued) == MOST_BODIES
    assert set(edge.reasons) == {"replayed"}
    assert edge.send(card_push(click_body(userId="user0000"), timestamp=LATER))[0] == 200


def test_a_captured_header_pair_is_good_for_a_few_errors() -> None:
    edge = Edge()
    for number in range(20):
        edge.send(robot_push(message("robot_quota_used_up", errorCode=f"{number}"), timestamp=LATER))

    assert [what for what, _ in edge.lines].count("push_error") == MOST_BODIES


def test_what_is_refused_for_another_reason_is_not_counted() -> None:
    edge = Edge()
    for number in range(20):
        edge.send(robot_push(message(msgId=f"msgForged{number}==", robotCode="dingexample0appkey99")))
        edge.send(robot_push(message(msgId=f"msgForged{number}=="), sign="ungültig"))
        edge.send(robot_push("{}"))

    assert edge.send(robot_push(message())) == (200, SAY_NOTHING)


def test_the_memory_for_it_has_an_end() -> None:
    limit = ReplayLimit(remembered=100)
    for number in range(1_000):
        assert limit.admits(f"signature {number}", "m" * 60_000, age_ms=0)

    assert sum(map(sys.getsizeof, (limit._carried, *limit._carried, *limit._carried.values()))) < 40_000


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9)), max_size=60))
def test_each_signature_carries_the_first_few_bodies_and_their_repeats(pushes: list[tuple[str, int]]) -> None:
    limit = ReplayLimit()
    first: dict[str, list[int]] = {"a": [], "b": []}
    for signature, body in pushes:
        known = first[signature]
        if body not in known and len(known) < MOST_BODIES:
            known.append(body)

        assert limit.admits(signature, str(body), age_ms=FRESH_MS + 1) == (body in known)


def test_threads_that_ask_at_once_get_no_more_than_one_after_another() -> None:
    limit = ReplayLimit(remembered=50)

    def bodies_taken(signature: int) -> int:
        return sum(limit.admits(f"s{signature}", f"body {body}", age_ms=60_000) for body in range(20))

    with ThreadPoolExecutor(16) as threads:
        taken = list(threads.map(bodies_taken, [n % 8 for n in range(64)]))

    # Each of the 8 signatures has carried 4 bodies, and its 8 threads have seen those taken or repeated.
    assert set(taken) == {MOST_BODIES}
