"""One seed, one plan."""

from __future__ import annotations

import pytest

from local.chaos.plan import draw_plan, tokens_in
from local.chaos.weather import HAZARDS, chosen
from local.options import every_fault


def test_a_seed_always_makes_the_same_decisions() -> None:
    plans = [draw_plan(42, questions=60, conversations=7, hazards=HAZARDS) for _ in range(2)]

    assert plans[0] == plans[1]
    assert plans[0] != draw_plan(43, questions=60, conversations=7, hazards=HAZARDS)


def test_every_question_is_asked_once_by_somebody_of_the_chat_and_carries_its_own_token() -> None:
    plan = draw_plan(1, questions=100, conversations=9, hazards=())
    said = [utterance for act in plan.acts for utterance in act.utterances]

    assert [one.number for one in said] == list(range(1, 101))
    assert len({tuple(tokens_in(one.text)) for one in said}) == 100
    assert all(one.person in plan.chats[one.chat].people for one in said)


def test_every_hazard_is_a_fault_of_the_local_system() -> None:
    assert {hazard.name for hazard in HAZARDS} <= {kind.name for kind in every_fault().kinds}


def test_hazards_are_chosen_by_name() -> None:
    assert [hazard.name for hazard in chosen(["dingtalk.qps"], [])] == ["dingtalk.qps"]
    assert "dingtalk.qps" not in {hazard.name for hazard in chosen([], ["dingtalk.qps"])}
    with pytest.raises(LookupError, match=r"dingtalk\.qsp"):
        chosen(["dingtalk.qsp"], [])


def test_asked_for_by_name_a_hazard_is_always_on() -> None:
    plan = draw_plan(1, questions=50, conversations=2, hazards=chosen(["dingtalk.qps"], []), always=True)

    assert all([spell.name for spell in act.spells] == ["dingtalk.qps"] for act in plan.acts)
