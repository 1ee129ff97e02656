"""Many who ask the same at once cost one call of the backend, and none waits for what will not come."""

from __future__ import annotations

import asyncio

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.knowledge.answer_cache import AnswerCache, Look
from rag_on_dingtalk.storage.knowledge.kept_answers import AnswerRow, KeptAnswer, StoredAnswers
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import Outcome, Status
from rag_on_dingtalk.storage.turns.turns import Turns
from tests.builders import NOW_MS, a_question
from tests.in_process import MemoryRows, RecordingHandOver
from tests.skipping_loop import skipping
from tests.unit.knowledge.asking import ANSWER, asked_by, cache_of, caching_bot, caching_worker, counts_of

KEY = "k" * 64


def a_cache(rows: MemoryRows) -> AnswerCache:
    return AnswerCache(
        StoredAnswers(rows),  # type: ignore[arg-type]  # the same methods over a dictionary
        Turns(rows),  # type: ignore[arg-type]  # as above
        grace_ms=5_000,
        clock=lambda: NOW_MS,
        log=lambda *_, **__: None,
    )


def kept(turn_id: str = "t1") -> KeptAnswer:
    return KeptAnswer(("五天。",), "五天。", turn_id, NOW_MS)


async def leading(rows: MemoryRows, owner: str = "a/0", *, until_ms: int = NOW_MS + 30_000) -> None:
    """The turn t1 is being answered."""
    turns = Turns(rows)  # type: ignore[arg-type]  # as above
    await turns.claim(a_question("t1"), owner=owner, now_ms=NOW_MS, until_ms=until_ms)


@skipping
async def test_thirty_who_ask_the_same_in_three_seconds_are_one_call_over_two_instances() -> None:
    one = caching_worker()
    other = caching_worker(beside=one)
    gate = asyncio.Event()
    async with one.started(), other.started():
        for worker in (one, other):
            worker.backend.parts = [gate, Text(ANSWER)]

        async def ask(person: int) -> str:
            await asyncio.sleep(person / 10)
            worker = (one, other)[person % 2]
            seen = await worker.answer(asked_by(person, asked_ms=worker.now_ms))
            return (seen.card or seen.messages)[-1]

        asking = [asyncio.create_task(ask(person)) for person in range(30)]
        await asyncio.sleep(4)
        gate.set()
        told = await asyncio.gather(*asking)

    assert len(one.backend.asked) + len(other.backend.asked) == 1
    assert all(text.startswith(ANSWER) for text in told)
    assert counts_of(one) == {"cache_miss": 1, "cache_flight": 29}


@skipping
async def test_who_follows_a_leader_that_fails_asks_too() -> None:
    async with caching_worker().started() as worker:
        gate = asyncio.Event()
        worker.backend.parts = [gate, BackendError(FailureKind.CONFIG_AUTH, "401")]
        asking = [asyncio.create_task(worker.answer(asked_by(person))) for person in range(5)]
        await asyncio.sleep(1)
        gate.set()
        seen = await asyncio.gather(*asking)

    # A second one leads; when that fails as well the others ask for themselves.
    assert len(worker.backend.asked) == 5
    assert all(one.row is not None and one.row.outcome.failure == "config_auth" for one in seen)


@skipping
async def test_who_follows_a_leader_that_died_asks_once_its_lease_has_ended() -> None:
    dead = caching_worker()
    async with dead.started() as first, caching_worker(beside=dead).started() as worker:
        first.backend.parts = [asyncio.Event()]
        dying = asyncio.create_task(first.answer(asked_by(1)))
        await first.backend.called.wait()
        frozen = {name: dict(rows) for name, rows in first.rows.tables.items()}
        dying.cancel()
        await asyncio.wait([dying])
        # It was killed: nothing of what its end would have written is there.
        first.rows.tables.update(frozen)
        asked_ms = worker.now_ms
        seen = await worker.answer(asked_by(2, asked_ms=asked_ms))
        waited_ms = worker.now_ms - asked_ms

    assert seen.card is not None
    assert seen.card[-1] == ANSWER
    assert 30_000 <= waited_ms <= 40_000


@skipping
async def test_who_waits_long_waits_without_an_invocation_and_asks_alone_after_a_minute() -> None:
    async with caching_worker().started() as worker:
        worker.backend.parts = [asyncio.Event()]
        leader = asyncio.create_task(worker.answer(asked_by(1)))
        await worker.backend.called.wait()
    elsewhere = caching_worker(beside=worker)
    elsewhere.hand_over = RecordingHandOver()
    async with elsewhere.started():
        question = asked_by(2, asked_ms=elsewhere.now_ms)
        result = (await elsewhere.answer(question)).result
        assert (result, elsewhere.hand_over.later_calls) == ("waiting", [(question.turn_id, 2)])
        row = await elsewhere.row(question.turn_id)
        assert row is not None
        assert row.outcome.status is Status.WAITING
        elsewhere.skipped_ms = 60_000
        seen = await elsewhere.answer(question)
    leader.cancel()

    assert seen.card is not None
    assert seen.card[-1] == ANSWER
    assert cache_of(elsewhere, question) == "miss"


@skipping
async def test_a_question_that_must_wait_for_its_turn_lets_no_one_wait_for_it() -> None:
    async with caching_worker().started() as worker:
        gate = asyncio.Event()
        worker.backend.parts = [gate, Text(ANSWER)]
        before = asyncio.create_task(worker.answer(asked_by(1, "病假呢？", number=1)))
        await worker.backend.called.wait()
        calls_before = len(worker.rows.calls)
        follow_up = asyncio.create_task(worker.answer(asked_by(1, number=2)))
        await asyncio.sleep(3)
        written = {call for call in worker.rows.calls[calls_before:] if call.endswith(" answers")} - {
            "get_many answers"
        }
        other = asyncio.create_task(worker.answer(asked_by(2)))
        await asyncio.sleep(3)
        gate.set()
        await asyncio.gather(before, follow_up, other)

    # The follow-up's answer depends on what came before it: it is this person's only.
    assert [ask.text for ask in worker.backend.asked].count("年假有几天？") == 2
    assert cache_of(worker, asked_by(2)) == "miss"
    # To those who follow, a flight that is left without an answer is a failed one: it leads none.
    assert written == set()


@skipping
async def test_a_question_alone_in_its_conversation_looks_there_no_more_often_for_the_cache() -> None:
    calls: list[list[str]] = []
    for bot in (caching_bot(), caching_bot(answer_cache=None)):
        async with caching_worker(bot).started() as worker:
            await worker.answer(asked_by(1))
            calls.append([call for call in worker.rows.calls if call.split()[1] == "inbox"])

    assert calls[0] == calls[1]


@skipping
async def test_a_leader_that_was_overtaken_lands_nothing() -> None:
    rows = MemoryRows()
    await leading(rows, until_ms=NOW_MS - 5_001)
    slow, quick = a_cache(rows), a_cache(rows)
    first = await slow.lead(KEY, Look(None, ""), turn_id="t1", owner="a/0")
    assert first is not None
    found = await quick.look("handbook", KEY, turn_id="t2")
    assert not found.leader
    second = await quick.lead(KEY, found, turn_id="t2", owner="b/0")
    assert second is not None
    second.answer, first.answer = kept("t2"), kept("t1")
    await second.land(300)
    await first.land(300)

    look = await a_cache(rows).look("handbook", KEY, turn_id="t3")
    assert look.answer is not None
    assert look.answer.turn_id == "t2"


@pytest.mark.parametrize("state", ["finished", "released", "taken over", "gone"])
@skipping
async def test_a_flight_whose_turn_is_no_longer_answered_so_is_dead(state: str) -> None:
    rows = MemoryRows()
    turns = Turns(rows)  # type: ignore[arg-type]  # as above
    await leading(rows)
    await a_cache(rows).lead(KEY, Look(None, ""), turn_id="t1", owner="a/0")
    alive = await a_cache(rows).look("handbook", KEY, turn_id="t2")
    lease = Lease("a/0", NOW_MS + 30_000)
    match state:
        case "finished":
            await turns.finish(a_question("t1"), lease, Outcome())
        case "released":
            await turns.release(a_question("t1"), Lease("a/0", NOW_MS + 30_001), Outcome())
        case "taken over":
            rows.tables["turns"]["t1",]["owner"] = "b/0"
        case _:
            del rows.tables["turns"]["t1",]
    dead = await a_cache(rows).look("handbook", KEY, turn_id="t2")

    assert (alive.leader, dead.leader) == ("a/0", "")


@skipping
async def test_what_is_cleared_or_dropped_while_it_flies_does_not_come_back() -> None:
    rows = MemoryRows()
    await leading(rows)
    cache = a_cache(rows)
    flight = await cache.lead(KEY, Look(None, ""), turn_id="t1", owner="a/0")
    assert flight is not None
    await a_cache(rows).clear("handbook", "cleared-once")
    flight.answer = kept()
    await flight.land(300)

    assert (await cache.look("handbook", KEY, turn_id="t2")).answer is None


@skipping
async def test_a_flight_in_doubt_lands_if_it_was_written() -> None:
    class Doubtful(MemoryRows):
        async def put_new(self, change: object) -> bool:
            from rag_on_dingtalk.errors import StateError

            await super().put_new(change)  # type: ignore[arg-type]  # a Put
            raise StateError("unreachable", "the answer was lost", ambiguous=True)

    rows = Doubtful()
    flight = await a_cache(rows).lead(KEY, Look(None, ""), turn_id="t1", owner="a/0")
    assert flight is not None
    flight.answer = kept()
    await flight.land(300)

    assert (await a_cache(rows).look("handbook", KEY, turn_id="t2")).answer == kept()


@skipping
async def test_a_process_keeps_two_hundred_answers_for_a_minute_and_asks_for_their_mark_alone() -> None:
    from rag_on_dingtalk.knowledge.recent import RecentAnswers

    now = [NOW_MS]
    recent = RecentAnswers(lambda: now[0])
    for number in range(250):
        recent.put(f"k{number}", "m", kept())
    assert (len(recent), recent.knows("k49"), recent.knows("k50")) == (200, False, True)
    assert recent.get("k50", "another") is None
    now[0] += 60_000
    assert not recent.knows("k249")


@skipping
async def test_an_answer_another_instance_replaced_is_read_anew() -> None:
    rows = MemoryRows()
    one, other = a_cache(rows), a_cache(rows)
    for cache, turn_id in ((one, "t1"), (other, "t2")):
        look = await cache.look("handbook", KEY, turn_id=turn_id)
        row = look.row and AnswerRow(look.row.mark, "t1", "a/0", "", 0, flying=False)
        flight = await cache.lead(KEY, Look(row, ""), turn_id=turn_id, owner=f"{turn_id}/0")
        assert flight is not None
        flight.answer = kept(turn_id)
        await flight.land(300)

    look = await one.look("handbook", KEY, turn_id="t3")
    assert look.answer is not None
    assert look.answer.turn_id == "t2"
