"""The claim and the sessions, through the real SDK on the emulator."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytest_asyncio

from emulators.faults import FaultBoard
from rag_on_dingtalk.errors import LostClaimError, StateError, UnreadableRowError
from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.storage.conversations.sessions import Sessions, session_id_of
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.schema import create_tables
from rag_on_dingtalk.storage.tables import TABLES, TURNS
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import CardState, Outcome, Status, Timings
from rag_on_dingtalk.storage.turns.turns import Claimed, Refused, Turns
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_767_225_600_000
LEASE = NOW + 60_000
HOUR = 3_600_000


@dataclass
class Store:
    turns: Turns
    sessions: Sessions
    faults: FaultBoard
    rows: Rows


@pytest_asyncio.fixture
async def store() -> AsyncIterator[Store]:
    faults = FaultBoard()
    async with tablestore(faults) as url:
        rows = Rows(endpoint=url, instance=INSTANCE, region="cn-hangzhou", credentials=lambda: KEY)
        yield Store(Turns(rows), Sessions(rows), faults, rows)
        await rows.close()


def question(turn_id: str = "t1", *, sender: str = "user0001", group: bool = False) -> Question:
    return Question(
        turn_id=turn_id,
        bot="handbook",
        message_id="m",
        text="年假有几天？",
        message_type="text",
        sender=Sender("encrypted", sender),
        conversation=Conversation("cid", ConversationType.GROUP if group else ConversationType.ONE_TO_ONE),
        asked_ms=NOW,
    )


async def claim(store: Store, owner: str, now_ms: int = NOW, until_ms: int = LEASE) -> Claimed | Refused:
    return await store.turns.claim(question(), owner=owner, now_ms=now_ms, until_ms=until_ms)


async def won(store: Store, owner: str, now_ms: int = NOW, until_ms: int = LEASE) -> Claimed:
    claimed = await claim(store, owner, now_ms, until_ms)
    assert isinstance(claimed, Claimed)
    return claimed


def renewed(claimed: Claimed, by_ms: int = 1) -> Lease:
    """The lease as its owner writes it the next time."""
    return msgspec.structs.replace(claimed.lease, until_ms=claimed.lease.until_ms + by_ms)


async def test_the_first_to_ask_has_the_turn_and_the_second_does_not(store: Store) -> None:
    assert (await won(store, "a")).lease.attempt == 1
    assert await claim(store, "b") is Refused.TAKEN


async def test_one_of_many_at_once_has_the_turn(store: Store) -> None:
    claims = await asyncio.gather(*(claim(store, f"owner-{number}") for number in range(40)))

    assert sum(isinstance(one, Claimed) for one in claims) == 1


async def test_a_finished_turn_is_done_for_ever(store: Store) -> None:
    first = await won(store, "a")
    await store.turns.finish(question(), first.lease, first.outcome)

    assert await claim(store, "b", now_ms=LEASE + 10 * HOUR) is Refused.DONE


async def test_when_the_lease_has_ended_the_next_owner_continues_from_the_record(store: Store) -> None:
    first = await won(store, "a")
    outcome = msgspec.structs.replace(
        first.outcome,
        status=Status.ANSWERING,
        card=CardState.DELIVERED,
        parts=("一", "二"),
        sent=1,
        answer="一二",
        citations=(Citation("员工手册", url="https://kb.example.com"),),
        nothing_found=True,
        backend_message_id="81",
        calls=3,
        timings=Timings(claimed=4, first_piece=9),
    )
    await store.turns.write(question(), renewed(first), outcome)

    second = await won(store, "b", now_ms=LEASE + 2, until_ms=LEASE + 60_000)

    assert second == Claimed(Lease("b", LEASE + 60_000, attempt=2), outcome)


async def test_a_grace_keeps_a_clock_that_is_ahead_from_taking_over_early(store: Store) -> None:
    await won(store, "a")

    early = await store.turns.claim(
        question(), owner="b", now_ms=LEASE + 1, until_ms=LEASE + 60_000, grace_ms=5_000
    )

    assert early is Refused.TAKEN
    assert isinstance(await claim(store, "b", now_ms=LEASE + 5_001, until_ms=LEASE + 60_000), Claimed)


async def test_one_of_many_takers_has_the_turn(store: Store) -> None:
    await won(store, "dead")

    claims = await asyncio.gather(
        *(claim(store, f"taker-{n}", now_ms=LEASE + 1, until_ms=LEASE + 60_000) for n in range(40))
    )

    assert sum(isinstance(one, Claimed) for one in claims) == 1


async def test_an_owner_that_lost_the_turn_can_write_nothing_more(store: Store) -> None:
    slow = await won(store, "slow")
    await won(store, "taker", now_ms=LEASE + 1, until_ms=LEASE + 60_000)

    for step in (store.turns.write, store.turns.finish, store.turns.release):
        with pytest.raises(LostClaimError):
            await step(question(), renewed(slow, 120_000), slow.outcome)


async def test_a_write_that_arrives_late_changes_nothing(store: Store) -> None:
    first = await won(store, "a")
    ready = msgspec.structs.replace(first.outcome, parts=("五天。",), status=Status.ANSWERING)
    await store.turns.write(question(), renewed(first, 2), ready)

    with pytest.raises(LostClaimError):
        await store.turns.write(question(), renewed(first, 1), first.outcome)

    row = await store.turns.read("t1")
    assert row is not None
    assert row.outcome == ready


async def test_no_write_opens_a_finished_turn_again(store: Store) -> None:
    first = await won(store, "a")
    await store.turns.finish(question(), first.lease, first.outcome)

    for step in (store.turns.write, store.turns.release):
        with pytest.raises(LostClaimError):
            await step(question(), renewed(first), first.outcome)

    assert await claim(store, "b", now_ms=LEASE + 10 * HOUR) is Refused.DONE


async def test_finishing_twice_is_finishing_once(store: Store) -> None:
    first = await won(store, "a")
    for _ in range(2):
        await store.turns.finish(question(), first.lease, first.outcome)

    assert await claim(store, "b") is Refused.DONE


async def test_a_released_turn_is_free_at_once(store: Store) -> None:
    first = await won(store, "a")
    await store.turns.release(question(), first.lease, first.outcome)

    assert (await won(store, "b")).lease.attempt == 2


async def test_a_claim_whose_answer_was_lost_is_still_ours(store: Store) -> None:
    store.faults.switch_on("tablestore.drop_after", count=1)

    assert (await won(store, "a")).lease.owner == "a"
    assert await claim(store, "b") is Refused.TAKEN


async def test_a_takeover_whose_answer_was_lost_is_found_by_asking_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await won(store, "dead")
    ready = msgspec.structs.replace(first.outcome, parts=("五天。",))
    await store.turns.write(question(), renewed(first), ready)
    put, calls = store.rows.put, []

    async def put_and_lose_the_second_answer(*args: Any, **kwargs: Any) -> bool:
        done = await put(*args, **kwargs)
        calls.append(done)
        if len(calls) == 2:
            raise StateError("unreachable", "the answer was lost", ambiguous=True)
        return done

    monkeypatch.setattr(store.rows, "put", put_and_lose_the_second_answer)

    claims = [await claim(store, "b", now_ms=LEASE + 2, until_ms=LEASE + 60_000) for _ in range(2)]

    assert claims == [Refused.TAKEN, Claimed(Lease("b", LEASE + 60_000, attempt=2), ready)]


async def test_a_claim_that_never_arrived_is_made_again(store: Store) -> None:
    store.faults.switch_on("tablestore.drop_before", count=1)

    assert (await won(store, "a")).lease.owner == "a"


async def test_a_claim_that_never_arrives_is_an_error_and_not_taken_for_ours(store: Store) -> None:
    store.faults.switch_on("tablestore.drop_before", count=2)

    with pytest.raises(StateError):
        await claim(store, "a")
    assert (await won(store, "b")).lease.owner == "b"


async def test_a_busy_moment_is_waited_out(store: Store) -> None:
    store.faults.switch_on("tablestore.busy", count=2)

    await won(store, "a")


async def test_tablestore_away_is_one_kind_of_error(store: Store) -> None:
    store.faults.switch_on("tablestore.away")

    with pytest.raises(StateError, match="unreachable"):
        await claim(store, "a")


async def test_a_turn_answered_while_tablestore_was_away_is_recorded_when_it_is_back(store: Store) -> None:
    await store.turns.finish(question(), Lease("a", LEASE), Outcome(answer="五天"))

    assert await claim(store, "b") is Refused.DONE


async def test_a_row_of_version_0_1_is_continued(store: Store) -> None:
    first = await won(store, "a")
    await store.turns.write(
        question(),
        renewed(first),
        msgspec.structs.replace(first.outcome, channel="message", parts=("五天。",)),
    )
    columns = await store.rows.get(TURNS, "t1")
    assert columns is not None
    del columns["card"]
    await store.rows.put(TURNS, "t1", {**columns, "status": "card_out"})

    row = await store.turns.read("t1")

    assert row is not None
    assert (row.outcome.card, row.outcome.status, row.outcome.parts) == (
        CardState.NONE,
        Status.CLAIMED,
        ("五天。",),
    )


async def test_a_row_that_cannot_be_read_is_an_error_of_its_own(store: Store) -> None:
    await store.rows.put(TURNS, "t1", {"owner": "a", "lease_until": LEASE})

    with pytest.raises(UnreadableRowError, match="t1"):
        await store.turns.read("t1")


async def test_a_session_is_continued_until_it_has_been_idle_too_long(store: Store) -> None:
    fresh = await store.sessions.load("s1", now_ms=NOW)
    used = msgspec.structs.replace(fresh, conversation_id="c-1")
    assert await store.sessions.save(used, now_ms=NOW, idle_ms=HOUR)

    continued = await store.sessions.load("s1", now_ms=NOW + HOUR - 1)
    afresh = await store.sessions.load("s1", now_ms=NOW + HOUR)

    assert (continued.key, continued.conversation_id) == (fresh.key, "c-1")
    assert afresh.key != fresh.key
    assert afresh.conversation_id == ""


async def test_an_answer_that_was_running_does_not_undo_a_restart(store: Store) -> None:
    before = await store.sessions.load("s1", now_ms=NOW)
    await store.sessions.restart("s1", now_ms=NOW + 1, idle_ms=HOUR)
    restarted = await store.sessions.load("s1", now_ms=NOW + 2)

    assert not await store.sessions.save(before, now_ms=NOW + 3, idle_ms=HOUR)
    assert await store.sessions.load("s1", now_ms=NOW + 2) == restarted


def test_a_session_belongs_to_a_person_or_to_the_group() -> None:
    one, other = question(group=True), question(sender="user0002", group=True)

    assert session_id_of(one, shared=False) != session_id_of(other, shared=False)
    assert session_id_of(one, shared=True) == session_id_of(other, shared=True)


def test_in_a_private_chat_sharing_changes_nothing() -> None:
    assert session_id_of(question(), shared=True) == session_id_of(question(), shared=False)


async def test_creating_the_tables_again_changes_nothing() -> None:
    async with tablestore(tables=()) as url:
        made = [
            await asyncio.to_thread(create_tables, TABLES, endpoint=url, instance=INSTANCE, credentials=KEY)
            for _ in range(2)
        ]

    assert made == [[table.name for table in TABLES], []]


async def test_a_wrong_key_is_an_error_that_names_the_services_code() -> None:
    async with tablestore(tables=()) as url:
        with pytest.raises(StateError, match="OTSAuthFailed"):
            await asyncio.to_thread(
                create_tables, TABLES, endpoint=url, instance=INSTANCE, credentials=(KEY[0], "wrong", "")
            )
