"""Which counters a question goes through."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.access.limits.meters import place_meters, question_meters
from rag_on_dingtalk.access.limits.turn_limits import gives_back, notice_at
from rag_on_dingtalk.access.limits.windows import frees_at, window_of
from rag_on_dingtalk.errors import ConfigurationError, FailureKind
from rag_on_dingtalk.models.question import Sender
from rag_on_dingtalk.settings.checks.limits import check_limits
from rag_on_dingtalk.settings.sections.limits import Limit
from tests.builders import a_question

#: 2026-11-30T23:59:59.999 in China.
LAST_MS = 1_796_054_399_999
#: The asker's team, its department, its division, the whole company.
CHAIN = (300, 200, 100, 1)


def limits(*written: dict[str, Any]) -> list[Limit]:
    return [msgspec.convert(one, Limit) for one in written]


def rows(
    *written: dict[str, Any], group: bool = False, chain: tuple[int, ...] = CHAIN, asked_ms: int = LAST_MS
) -> list[tuple[str, str, int | None]]:
    found = question_meters(
        "handbook", limits(*written), a_question(group=group, asked_ms=asked_ms), (chain,)
    )
    return [(one.key[0].removeprefix("limit:handbook:"), one.key[1], one.limit.questions) for one in found]


@pytest.mark.parametrize(
    ("asked_ms", "minute", "day"),
    [
        (LAST_MS, "2026-11-30T23:59", "2026-11-30"),
        (LAST_MS + 1, "2026-12-01T00:00", "2026-12-01"),
        (LAST_MS - 59_999, "2026-11-30T23:59", "2026-11-30"),
        (LAST_MS - 60_000, "2026-11-30T23:58", "2026-11-30"),
    ],
)
def test_windows_turn_at_midnight_in_china(asked_ms: int, minute: str, day: str) -> None:
    assert (window_of("minute", asked_ms), window_of("day", asked_ms)) == (minute, day)


@given(st.integers(1_700_000_000_000, 1_900_000_000_000), st.sampled_from(["minute", "day"]))
def test_a_window_frees_with_the_first_millisecond_of_the_next(asked_ms: int, period: Any) -> None:
    next_ms = int(frees_at(period, asked_ms).timestamp() * 1000)

    assert next_ms > asked_ms
    assert window_of(period, next_ms - 1) == window_of(period, asked_ms) != window_of(period, next_ms)


EACH = {"per": "day", "questions": 5}


@pytest.mark.parametrize(
    ("written", "group", "chain", "found"),
    [
        ([{"scope": "user", **EACH}], False, CHAIN, [("user:user0001", 5)]),
        ([{"scope": "user", "ids": ["user0002"], **EACH}], False, CHAIN, []),
        ([{"scope": "group", **EACH}], False, CHAIN, []),
        ([{"scope": "group", **EACH}], True, CHAIN, [("group:c1", 5)]),
        ([{"scope": "department", **EACH}], False, CHAIN, [("department:300", 5)]),
        ([{"scope": "department", **EACH}], False, (), []),
        ([{"scope": "department", "ids": [100], **EACH}], False, CHAIN, [("department:100", 5)]),
        ([{"scope": "department", "ids": ["100", 9], **EACH}], False, CHAIN, [("department:100", 5)]),
        ([{"scope": "department", "ids": [9], **EACH}], False, CHAIN, []),
        (
            [{"scope": "department", "ids": [100, 200], **EACH}],
            False,
            CHAIN,
            [("department:200", 5), ("department:100", 5)],
        ),
        # Whom a limit names, it limits in place of the general one.
        (
            [{"scope": "user", **EACH}, {"scope": "user", "ids": ["user0001"], "questions": 50}],
            False,
            CHAIN,
            [("user:user0001", 50)],
        ),
        (
            [{"scope": "department", **EACH}, {"scope": "department", "ids": [300], "questions": 50}],
            False,
            CHAIN,
            [("department:300", 50)],
        ),
        (
            [{"scope": "department", **EACH}, {"scope": "department", "ids": [1], "questions": 50}],
            False,
            CHAIN,
            [("department:300", 5), ("department:1", 50)],
        ),
        ([{"scope": "bot", "concurrent": 5}], False, CHAIN, []),
        (
            [
                {"scope": "bot", **EACH},
                {"scope": "department", "questions": 4},
                {"scope": "group", "questions": 3},
                {"scope": "user", "questions": 2},
            ],
            True,
            CHAIN,
            [("user:user0001", 2), ("group:c1", 3), ("department:300", 4), ("bot:", 5)],
        ),
    ],
)
def test_a_question_is_counted_where_it_belongs_in_one_order(
    written: list[dict[str, Any]], *, group: bool, chain: tuple[int, ...], found: list[tuple[str, int]]
) -> None:
    assert [(row, most) for row, _, most in rows(*written, group=group, chain=chain)] == found


def test_a_minute_is_counted_before_a_day_and_apart() -> None:
    day, minute = {"scope": "user", "questions": 50}, {"scope": "user", "per": "minute", "questions": 5}

    assert (
        rows(day, minute)
        == rows(minute, day)
        == [
            ("user:user0001", "2026-11-30T23:59", 5),
            ("user:user0001", "2026-11-30", 50),
        ]
    )


@given(st.text(min_size=1, max_size=3_000), st.text(min_size=1, max_size=3_000))
def test_any_id_makes_a_key_that_fits_and_is_no_others(one: str, other: str) -> None:
    each = limits({"scope": "user", **EACH})
    (mine,), (theirs,) = (
        question_meters("handbook", each, a_question(sender=Sender(sender_id=id_)), ())
        for id_ in (one, other)
    )

    assert len(mine.key[0].encode()) < 1_024
    assert (mine.key == theirs.key) == (one == other)


def test_who_is_in_two_departments_is_counted_in_both_and_in_what_holds_both_once() -> None:
    written = limits({"scope": "department", **EACH}, {"scope": "department", "ids": [100], "questions": 9})
    chains = ((300, 100, 1), (400, 100, 1))

    found = question_meters("handbook", written, a_question(), chains)

    assert [(one.key[0].rpartition(":")[2], one.limit.questions) for one in found] == [
        ("300", 5),
        ("100", 9),
        ("400", 5),
    ]


def test_a_place_does_not_depend_on_the_time() -> None:
    shares = limits(
        {"scope": "department", "per": "minute", "concurrent": 5}, {"scope": "bot", "concurrent": 9}
    )

    found = place_meters("handbook", shares, a_question(asked_ms=LAST_MS), (CHAIN,))

    assert [one.key for one in found] == [
        ("limit:handbook:department:300", "places"),
        ("limit:handbook:bot:", "places"),
    ]


@pytest.mark.parametrize(
    ("most", "notice"), [(1, 2), (4, 5), (5, 4), (6, 5), (10, 8), (50, 40), (99, 80), (100, 80)]
)
def test_a_limit_is_near_from_80_percent_on(most: int, notice: int) -> None:
    assert notice_at(most) == notice


@pytest.mark.parametrize("failure", ["", *(kind.value for kind in FailureKind)])
def test_what_brought_no_answer_costs_nothing(failure: str) -> None:
    answers = ("", FailureKind.CUT_SHORT)
    answers_with_text = (*answers, FailureKind.STOPPED, FailureKind.DEADLINE)

    assert gives_back(failure, shown=False) == (failure not in answers)
    assert gives_back(failure, shown=True) == (failure not in answers_with_text)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ([{"scope": "user"}], "limits nothing"),
        ([{"scope": "bot", "ids": ["x"], **EACH}], "takes no `ids`"),
        ([{"scope": "user", "ids": [1, "1"], **EACH}], "names one of them twice"),
        ([{"scope": "user", "ids": [""], **EACH}], "empty or longer"),
        ([{"scope": "user", "ids": ["x" * 129], **EACH}], "empty or longer"),
        ([{"scope": "user", **EACH}, {"scope": "user", "questions": 6}], "limit the same"),
        (
            [{"scope": "user", "ids": [1], **EACH}, {"scope": "user", "ids": ["1", 2], "questions": 6}],
            "limit the same",
        ),
        (
            [{"scope": "user", "concurrent": 1}, {"scope": "user", "per": "minute", "concurrent": 2}],
            "limit the same",
        ),
        ([{"scope": "department", "concurrent": 6}, {"scope": "bot", "concurrent": 5}], "has 5 places"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(written: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        check_limits("handbook", limits(*written))


def test_limits_that_stand_beside_one_another_are_accepted() -> None:
    check_limits(
        "handbook",
        limits(
            {"scope": "user", "per": "minute", "questions": 10},
            {"scope": "user", "per": "day", "questions": 100},
            {"scope": "user", "ids": ["user0001"], "questions": 500},
            {"scope": "department", "questions": 500, "concurrent": 5},
            {"scope": "department", "ids": [100], "concurrent": 5},
            {"scope": "bot", "concurrent": 5},
        ),
    )
