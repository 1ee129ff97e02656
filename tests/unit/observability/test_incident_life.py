"""An incident's life, and what counts as a sign."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.observability.incidents.card_text import buttons, over, told
from rag_on_dingtalk.observability.incidents.life import (
    MUTE_MS,
    UPDATE_MS,
    Action,
    Incident,
    State,
    acknowledged,
    bad,
    good,
    muted,
    sent,
)
from rag_on_dingtalk.observability.incidents.rules import (
    RULES,
    percentile_sign,
    rate_sign,
    signs_of,
)

RULE = RULES["backend_fails"]
QUIET = 10_000


def after(incident: Incident, *steps: tuple[str, int]) -> tuple[Incident, list[Action]]:
    """The incident after signs at these times, and what their callers were to do; a card is sent at once."""
    actions = []
    for step, at in steps:
        if step == "bad":
            incident, action = bad(incident, RULE, at, "timeout")
        else:
            incident, action = good(incident, at, quiet_ms=QUIET)
        actions.append(action)
        if action is Action.SEND:
            incident = sent(incident, at)
    return incident, actions


def test_the_third_failure_in_a_row_sends_the_card() -> None:
    _, actions = after(Incident(), ("bad", 0), ("bad", 1), ("bad", 2))

    assert actions == [Action.NOTHING, Action.NOTHING, Action.SEND]


@pytest.mark.parametrize("between", [("good", 2), ("bad", 11 * 60_000)])
def test_a_success_between_them_or_a_long_time_begins_the_count_anew(between: tuple[str, int]) -> None:
    at = between[1]

    incident, actions = after(Incident(), ("bad", 0), ("bad", 1), between, ("bad", at + 1))

    assert Action.SEND not in actions
    assert incident.count == (1 if between[0] == "good" else 2)


def test_an_open_card_is_written_anew_every_five_seconds_at_most_and_closed_once() -> None:
    failures = [("bad", at) for at in range(0, 120_000, 400)]

    incident, actions = after(Incident(), *failures, ("good", 125_000), ("good", 131_000), ("good", 131_001))

    assert Counter(actions)[Action.SEND] == 1
    assert Counter(actions)[Action.UPDATE] <= 120_000 // UPDATE_MS
    assert actions[-3:] == [Action.NOTHING, Action.CLOSE, Action.NOTHING]
    assert (incident.state, incident.episode, incident.count) == (State.QUIET, 2, 0)


def test_a_card_whose_sender_died_is_sent_by_the_next_one_after_its_lease() -> None:
    opening = Incident()
    for at in (0, 1, 2):
        opening, action = bad(opening, RULE, at, "")
    assert action is Action.SEND

    during, nothing = bad(opening, RULE, 3, "")
    later, again = bad(during, RULE, 20_000, "")

    assert (nothing, again, later.episode) == (Action.NOTHING, Action.SEND, opening.episode)
    assert good(during, 14_000, quiet_ms=QUIET)[1] is Action.NOTHING


def test_what_is_muted_is_not_written_and_not_opened_for_two_hours_and_counts_on() -> None:
    incident, _ = after(Incident(), ("bad", 0), ("bad", 1), ("bad", 2))
    quiet = muted(incident, "ops01", 1_000)

    incident, actions = after(quiet, *(("bad", 1_000 + n * 6_000) for n in range(100)))
    assert set(actions) == {Action.NOTHING}
    assert (incident.count, incident.acknowledged_by) == (103, "ops01")
    incident, actions = after(incident, ("good", 700_000), *(("bad", 800_000 + n) for n in range(5)))
    assert Action.SEND not in actions
    _, actions = after(incident, ("bad", 1_000 + MUTE_MS))
    assert actions in ([Action.NOTHING], [Action.SEND])


@given(st.lists(st.tuples(st.sampled_from(["bad", "good"]), st.integers(0, 60_000)), max_size=60))
def test_cards_are_sent_and_closed_in_turn_and_never_updated_too_often(steps: list[tuple[str, int]]) -> None:
    at, timed = 0, []
    for step, pause in steps:
        at += pause
        timed.append((step, at))

    _, actions = after(Incident(), *timed)

    seen = [action for action in actions if action in (Action.SEND, Action.CLOSE)]
    assert seen == [Action.SEND, Action.CLOSE] * (len(seen) // 2) + [Action.SEND] * (len(seen) % 2)
    written = [when for (_, when), action in zip(timed, actions, strict=True) if action is Action.UPDATE]
    assert all(late - early >= UPDATE_MS for early, late in pairwise(written))


def event(**more: object) -> QuestionEvent:
    return QuestionEvent(**{"turn_id": "t", "bot": "b", "asked_ms": 0, "backend": "dify", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [kind.value for kind in FailureKind])
def test_every_failure_says_something_definite_or_nothing_of_the_backend(kind: str) -> None:
    signs = {sign.kind: sign.bad for sign in signs_of(event(failure=kind), slow_ms=15_000)}

    assert signs.pop("backlog") is False
    assert signs in ({"backend_fails": True}, {"backend_refuses": True}, {})


def test_a_refused_key_is_told_at_once_and_a_command_says_nothing() -> None:
    assert RULES["backend_refuses"].in_a_row == 1
    assert next(signs_of(event(failure="config_auth"), slow_ms=1)).kind == "backend_refuses"
    assert list(signs_of(event(backend=""), slow_ms=1)) == []


def test_slow_is_what_the_backend_took_and_not_the_wait_for_an_earlier_question() -> None:
    def slow(**more: int) -> bool:
        return next(one.bad for one in signs_of(event(**more), slow_ms=15_000) if one.kind == "slow")

    assert slow(first_text_ms=16_000)
    assert not slow(first_text_ms=40_000, waited_ms=30_000)


def test_a_rate_that_falls_by_more_than_twenty_points_is_bad_and_few_questions_prove_nothing() -> None:
    before = {"outcome_answered": 90, "outcome_nothing_found": 10}

    def bad_now(found: int, not_found: int) -> bool | None:
        sign = rate_sign({"outcome_answered": found, "outcome_nothing_found": not_found}, before)
        return None if sign is None else sign.bad

    assert bad_now(13, 7) is True
    assert bad_now(15, 5) is False
    assert bad_now(1, 10) is None
    assert rate_sign({"outcome_answered": 30}, {"outcome_answered": 10}) is None
    assert percentile_sign(20_000.0, 19, slow_ms=15_000) is None
    assert (sign := percentile_sign(20_000.0, 20, slow_ms=15_000)) is not None
    assert sign.bad


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", RULES)
def test_a_card_says_what_how_often_since_when_and_what_was_done(kind: str, language: str) -> None:
    incident = acknowledged(Incident(count=42, first_ms=0, last_ms=60_000, detail="timeout"), "ops01")

    text = told(kind, incident, title="助手", language=language, now_ms=0)  # type: ignore[arg-type]

    assert all(part in text for part in ("42", "08:00:00", "08:01:00", "timeout", "ops01", "助手"))
    assert "42" in over(kind, incident, title="助手", language=language, now_ms=120_000)  # type: ignore[arg-type]
    assert len(buttons(language)) == 2  # type: ignore[arg-type]


def test_an_incident_that_no_caller_has_told_of_is_over_all_the_same() -> None:
    opening = Incident(state=State.OPENING, in_a_row=1, count=1, first_ms=0, last_ms=0, lease_until_ms=15_000)

    within, nothing = good(opening, 14_999, quiet_ms=QUIET)
    over_, action = good(opening, 15_000, quiet_ms=QUIET)

    assert (within, nothing) == (opening, Action.NOTHING)
    assert (over_.state, over_.episode, action) == (State.QUIET, 2, Action.CLOSE)
