"""The calls of a second, divided among processes: never more than the limit, and nearly all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag_on_dingtalk.storage.shared.rate_shares import GRACE_MS, Claim, Held, claimed, fair, living
from tests.examples import examples
from tests.unit.delivery.shared_second import CREATE_API, STREAMING_API, Fleet

if TYPE_CHECKING:
    from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota

NAMES = "abcdef"
HELD = st.builds(Held, st.integers(0, 20_000), st.integers(0, 6), st.booleans())


@settings(max_examples=examples(60), deadline=None)
@given(
    seed=st.integers(0, 10**6),
    limit=st.integers(1, 20),
    skews=st.lists(st.integers(-800, 800), min_size=1, max_size=5),
    lost=st.sampled_from((0.0, 0.0, 0.1)),
    answers=st.lists(
        st.tuples(st.integers(0, 4), st.floats(0, 6), st.floats(0, 4), st.integers(0, 3), st.booleans()),
        min_size=1,
        max_size=25,
    ),
)
def test_no_second_of_dingtalks_has_more_calls_than_the_limit(
    seed: int, limit: int, skews: list[int], lost: float, answers: list[tuple[int, float, float, int, bool]]
) -> None:
    fleet = Fleet(seed, limit, lost)
    processes = [fleet.process(f"p{n}", skew_ms=skew) for n, skew in enumerate(skews)]

    done = fleet.run(
        *(
            fleet.answer(processes[n % len(processes)], at=at, seconds=seconds, frames=frames, dies=dies)
            for n, at, seconds, frames, dies in answers
        )
    )

    assert len(done) == len(answers)
    assert fleet.dingtalk.busiest_second <= limit


@pytest.mark.parametrize("processes", [1, 2, 3, 5])
def test_a_hundred_questions_at_once_are_answered_at_nearly_twenty_a_second(processes: int) -> None:
    fleet = Fleet(seed=7)
    fleet.dingtalk.way, fleet.dingtalk.carrying_out = (0.02, 0.05), (0.03, 0.05)
    quotas = [fleet.process(f"p{n}") for n in range(processes)]

    # FC starts the instances at once, and they are not ready at the same time.
    done = fleet.run(
        *(fleet.answer(quotas[n % processes], at=n % processes / 10, seconds=1) for n in range(100))
    )

    assert fleet.dingtalk.busiest_second <= 20
    assert sorted(stood for stood, _ in done)[94] <= 6_500
    assert sorted(closed for _, closed in done)[94] <= 7_000


def test_a_process_that_is_alone_has_all_twenty() -> None:
    fleet = Fleet()
    quota = fleet.process("p1")

    fleet.run(*(fleet.answer(quota, at=0, seconds=1) for _ in range(80)))

    assert [fleet.dingtalk.busiest_second, len(fleet.dingtalk.arrived[CREATE_API])] == [20, 80]
    assert max(fleet.dingtalk.arrived[CREATE_API]) - min(fleet.dingtalk.arrived[CREATE_API]) <= 4_500


def test_a_newcomer_need_not_wait_until_a_busy_process_has_finished() -> None:
    fleet = Fleet()
    busy, newcomer = fleet.process("busy"), fleet.process("newcomer")

    *_, (stood, _) = fleet.run(
        *(fleet.answer(busy, at=0, seconds=1) for _ in range(300)),
        fleet.answer(newcomer, at=5, seconds=1),
    )

    assert stood <= 3_500


def test_a_process_that_has_been_busy_gives_up_what_it_no_longer_needs() -> None:
    fleet = Fleet()
    was_busy, newcomer = fleet.process("was busy"), fleet.process("newcomer")
    answers = [fleet.answer(was_busy, at=0, seconds=30) for _ in range(20)]

    *_, (stood, _) = fleet.run(*answers, fleet.answer(newcomer, at=6, seconds=1))

    assert stood <= 1_000


def test_the_share_of_a_process_that_died_is_free_after_a_while() -> None:
    fleet = Fleet()
    dead, other = fleet.process("dead"), fleet.process("other")

    def answers(quota: DingTalkQuota, at: float, *, dies: bool) -> list[object]:
        return [fleet.answer(quota, at=at, seconds=1, dies=dies) for _ in range(60)]

    fleet.run(*answers(dead, 0, dies=True), *answers(other, 20, dies=False))

    others = fleet.dingtalk.arrived[STREAMING_API]
    assert len(others) == 60
    assert max(others) - min(others) <= 5_000


@given(
    shares=st.dictionaries(st.sampled_from(NAMES), HELD),
    by=st.sampled_from(NAMES),
    limit=st.integers(1, 30),
    need=st.integers(1, 40),
    ahead=st.integers(0, 5),
    served=st.booleans(),
    lot=st.floats(0, 1),
)
def test_a_claim_takes_only_what_is_free(
    shares: dict[str, Held], by: str, limit: int, need: int, ahead: int, *, served: bool, lot: float
) -> None:
    now_ms = 10_000
    claim = Claim(limit=limit, need=need, ahead=ahead, floor=0, served=served, lot=lot, until_ms=now_ms + 1)
    others = {name: held for name, held in living(shares, now_ms).items() if name != by}

    after = claimed(shares, claim, by=by, now_ms=now_ms)

    assert {name: held for name, held in after.items() if name != by} == others
    taken = after[by].calls
    assert 0 <= taken <= max(need, ahead)
    assert taken == 0 or taken + sum(held.calls for held in others.values()) <= limit
    assert after[by].short == (taken < need)


def test_processes_that_are_short_divide_the_second_evenly() -> None:
    shares = {"a": Held(99, 20, short=True), "b": Held(99, short=True), "c": Held(99, short=True)}

    def even(by: str) -> int:
        return fair(shares, Claim(limit=20, need=50, floor=0, until_ms=1), by=by)

    assert [even("a"), even("b"), even("c")] == [7, 7, 7]


def test_a_share_counts_until_the_grace_after_its_end_is_over() -> None:
    shares = {"a": Held(10_000, 20)}

    assert living(shares, 10_000 + GRACE_MS - 1) == shares
    assert living(shares, 10_000 + GRACE_MS) == {}
