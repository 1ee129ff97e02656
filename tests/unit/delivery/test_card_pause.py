"""Cards that are refused for good are not tried for every question."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.delivery.card_pause import CardPause
from rag_on_dingtalk.dingtalk.cards.ai_card import UNDELIVERED
from rag_on_dingtalk.errors import DingTalkError

FORBIDDEN = DingTalkError("Forbidden.AccessDenied", "no permission", status=403)
MINUTES = 60_000


def paused(now_ms: int = 0) -> CardPause:
    pause = CardPause()
    assert [pause.refused(FORBIDDEN, now_ms) for _ in range(3)] == [False, False, True]
    return pause


def test_three_refusals_in_a_row_are_enough() -> None:
    pause = paused()

    assert not pause.over(9 * MINUTES)
    assert pause.over(10 * MINUTES)


def test_a_card_that_was_taken_begins_the_count_again() -> None:
    pause = CardPause()
    for _ in range(2):
        pause.refused(FORBIDDEN, 0)
    pause.taken()

    assert not pause.refused(FORBIDDEN, 0)
    assert pause.over(0)


def test_after_a_pause_one_refusal_begins_the_next() -> None:
    pause = paused()

    assert pause.refused(FORBIDDEN, 10 * MINUTES)
    assert not pause.over(19 * MINUTES)


@pytest.mark.parametrize(
    "error",
    [
        DingTalkError("unreachable", "no answer"),
        DingTalkError("Forbidden.AccessDenied.QpsLimitForApi", "too fast", status=403),
        DingTalkError("internalError", "failed", status=500),
        DingTalkError(UNDELIVERED, "not in this conversation", status=200),
        DingTalkError("param.userIdNotExist", "not in this organisation", status=400),
    ],
    ids=lambda error: error.code,
)
def test_what_may_be_different_for_the_next_question_pauses_nothing(error: DingTalkError) -> None:
    pause = CardPause()

    assert not any(pause.refused(error, 0) for _ in range(10))
    assert pause.over(0)
