"""One seed, one plan."""

from __future__ import annotations

from itertools import pairwise

import pytest

from devserver.chaos.plan import Plan, draw_plan, tokens_in
from devserver.chaos.weather import HAZARDS, OUTAGES, chosen, chosen_outages
from devserver.command_line.options import every_fault


def test_a_seed_always_makes_the_same_decisions() -> None:
    plans = [draw_plan(42, questions=60, conversations=7, hazards=HAZARDS, outages=OUTAGES) for _ in range(2)]

    assert plans[0] == plans[1]
    assert plans[0] != draw_plan(43, questions=60, conversations=7, hazards=HAZARDS)


def test_every_question_is_asked_once_by_somebody_of_the_chat_and_carries_its_own_token() -> None:
    plan = draw_plan(1, questions=100, conversations=9, hazards=())
    said = [utterance for act in plan.acts for utterance in act.utterances]

    assert [one.number for one in said] == list(range(1, 101))
    assert len({tuple(tokens_in(one.text)) for one in said}) == 100
    assert all(one.person in plan.chats[one.chat].people for one in said)


def test_every_hazard_is_a_fault_of_the_local_system() -> None:
    known = {kind.name for kind in every_fault().kinds}

    assert {hazard.name for hazard in HAZARDS} | {outage.fault for outage in OUTAGES} <= known


def test_outages_last_from_five_seconds_to_a_minute_and_leave_most_questions_in_peace() -> None:
    plan = draw_plan(5, questions=5_000, conversations=4, hazards=(), outages=OUTAGES)
    began = [number for number, act in enumerate(plan.acts) if act.outage is not None]
    drawn = [act.outage for act in plan.acts if act.outage is not None]

    assert {one.name for one in drawn} == {one.name for one in OUTAGES}
    assert all(5 <= one.seconds <= 60 for one in drawn)
    assert min(one.seconds for one in drawn) < 8
    assert max(one.seconds for one in drawn) > 50
    assert all(later - earlier > 4 for earlier, later in pairwise(began))


def test_housekeeping_comes_now_and_then() -> None:
    plan = draw_plan(5, questions=500, conversations=4, hazards=())

    assert 0 < sum(act.housekeeping for act in plan.acts) < len(plan.acts)
    without = draw_plan(5, questions=500, conversations=4, hazards=(), housekeeping=False)
    assert not any(act.housekeeping for act in without.acts)
    assert [act.utterances for act in without.acts] == [act.utterances for act in plan.acts]


def test_hazards_are_chosen_by_name() -> None:
    assert [hazard.name for hazard in chosen(["dingtalk.qps"], [])] == ["dingtalk.qps"]
    assert "dingtalk.qps" not in {hazard.name for hazard in chosen([], ["dingtalk.qps"])}
    with pytest.raises(LookupError, match=r"dingtalk\.qsp"):
        chosen(["dingtalk.qsp"], [])


def test_outages_are_chosen_by_name_like_any_other_fault() -> None:
    assert chosen(["outage.dingtalk"], []) == ()
    assert [one.name for one in chosen_outages(["outage.dingtalk"], [])] == ["outage.dingtalk"]
    assert chosen_outages(["dingtalk.qps"], []) == ()
    assert "outage.dingtalk" not in {one.name for one in chosen_outages([], ["outage.dingtalk"])}


def test_the_secrets_are_in_kms_only_where_kms_may_fail() -> None:
    def plan(*names: str) -> Plan:
        hazards, outages = chosen(names, []), chosen_outages(names, [])
        return draw_plan(1, questions=50, conversations=2, hazards=hazards, outages=outages, always=True)

    assert plan("kms.busy").meets_kms
    assert plan("outage.kms").meets_kms
    assert not plan("outage.dingtalk", "dingtalk.qps").meets_kms


def test_asked_for_by_name_a_hazard_is_always_on() -> None:
    plan = draw_plan(1, questions=50, conversations=2, hazards=chosen(["dingtalk.qps"], []), always=True)

    assert all([spell.name for spell in act.spells] == ["dingtalk.qps"] for act in plan.acts)
