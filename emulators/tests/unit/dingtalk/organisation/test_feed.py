from __future__ import annotations

import asyncio

import pytest

from emulators.dingtalk.organisation.feed import Feed, FeedClosedError
from emulators.dingtalk.organisation.ledger import Ledger


def feed_and_ledger() -> tuple[Feed, Ledger]:
    def clock() -> float:
        return 100.0

    return Feed(clock), Ledger(clock)


async def test_every_subscriber_hears_every_change_in_order() -> None:
    feed, ledger = feed_and_ledger()
    calls = [ledger.begin(f"GET /{n}") for n in range(3)]
    with feed.subscribe() as one, feed.subscribe() as other:
        for call in calls:
            feed.publish("call", None, call)
        feed.close()
        heard = [[change async for change in one], [change async for change in other]]

    assert heard[0] == heard[1]
    assert [(change.seq, change.subject) for change in heard[0]] == [*enumerate(calls, 1)]


async def test_listening_starts_with_the_subscription() -> None:
    feed, ledger = feed_and_ledger()
    feed.publish("call", None, ledger.begin("GET /before"))
    with feed.subscribe() as changes:
        feed.publish("call", None, ledger.begin("GET /after"))

    assert [change.seq async for change in changes] == [2]


async def test_nobody_is_told_after_leaving() -> None:
    feed, ledger = feed_and_ledger()
    with feed.subscribe() as changes:
        pass
    feed.publish("call", None, ledger.begin("GET /late"))

    assert [change async for change in changes] == []


async def test_what_is_already_true_is_not_waited_for() -> None:
    feed, _ = feed_and_ledger()

    assert await feed.wait_for(lambda: "yes", 0.01) == "yes"


async def test_the_condition_is_asked_again_at_every_change() -> None:
    feed, ledger = feed_and_ledger()
    waiting = asyncio.create_task(feed.wait_for(lambda: ledger.calls[1], 5))
    await asyncio.sleep(0)
    for path in ("GET /1", "GET /2"):
        feed.publish("call", None, ledger.begin(path))

    assert (await waiting).api == "GET /2"


async def test_what_does_not_come_true_is_said() -> None:
    feed, _ = feed_and_ledger()

    with pytest.raises(TimeoutError, match=r"within 0\.01 s"):
        await feed.wait_for(lambda: False, 0.01)


async def test_a_wait_does_not_outlive_the_feed() -> None:
    feed, _ = feed_and_ledger()
    waiting = asyncio.create_task(feed.wait_for(lambda: False, 5))
    await asyncio.sleep(0)
    feed.close()

    with pytest.raises(FeedClosedError):
        await waiting


def test_calls_for_one_card_are_seen_side_by_side() -> None:
    _, ledger = feed_and_ledger()
    streaming = "PUT /v1.0/card/streaming"
    first = ledger.begin(streaming, out_track_id="turn-1")
    second = ledger.begin(streaming, out_track_id="turn-1")
    other_card = ledger.begin(streaming, out_track_id="turn-2")
    other_api = ledger.begin("PUT /v1.0/card/instances", out_track_id="turn-1")
    ledger.end(first, 200)
    ledger.end(second, 403, "Forbidden")
    third = ledger.begin(streaming, out_track_id="turn-1")

    assert [call.in_flight for call in (first, second, other_card, other_api, third)] == [1, 2, 1, 1, 1]
    assert ledger.most_in_flight("turn-1") == 2
    assert ledger.calls_for("turn-1") == [first, second, other_api, third]
    assert ledger.calls_to(streaming) == [first, second, other_card, third]
    assert (second.status, second.code) == (403, "Forbidden")
