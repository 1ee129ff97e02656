"""A decision is made again from its record or its log line, and what new rules would change is named."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.access.decision import decide
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.access.replaying import (
    DECIDED,
    again,
    decided_of,
    decision_of,
    differences,
    read_line,
    replayed,
)
from rag_on_dingtalk.models.access import Decided, Grant, RoleHeld
from rag_on_dingtalk.models.question import Sender
from rag_on_dingtalk.settings.sections.access import AccessRule, RoleHolders, Subjects
from rag_on_dingtalk.storage.access.grants import Grants
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import Outcome
from rag_on_dingtalk.storage.turns.row import columns_of, read_row
from tests.builders import NOW_MS, a_question
from tests.skipping_loop import skipping
from tests.unit.access.decisions.policies import a_person, a_policy, profile_of, some_grants
from tests.unit.access.world import ASKER, MEMBER, access_worker, asked, finance_bot, in_group

if TYPE_CHECKING:
    from tests.in_process import Worker

DENIED = (AccessRule(name="closed", deny=Subjects(users=(MEMBER,))),)


def logged(worker: Worker) -> str:
    """The log line of the last decision."""
    return json.dumps([line for line in worker.lines if line["message"] == DECIDED][-1])


@skipping
@pytest.mark.parametrize("user", [MEMBER, ASKER, "lent01", "left01"])
async def test_by_the_same_rules_record_and_log_line_are_decided_as_before(user: str) -> None:
    async with access_worker().started() as worker:
        lent = Grant("g1", "handbook", "lent01", "finance", NOW_MS - 1, NOW_MS + 10**6, "boss01")
        await Grants(worker.rows).give(lent)  # type: ignore[arg-type]  # the same methods over a dictionary
        worker.people.roles[user] = (RoleHeld("r1", "财务", "职能"),)
        seen = await worker.answer(asked(user, conversation=in_group()))
        line = logged(worker)

    assert seen.row is not None
    decided = seen.row.outcome.decided
    assert decided is not None
    now = again(worker.settings, seen.row.question, decided)
    assert now == decision_of(decided) == read_line(line).decision
    assert read_line(line).turn_id == seen.row.question.turn_id
    assert list(replayed(decision_of(decided), now, at_ms=decided.at_ms))[-1] == "No difference."


@skipping
async def test_what_new_rules_would_change_is_named() -> None:
    async with access_worker().started() as worker:
        seen = await worker.answer(asked(MEMBER))
    assert seen.row is not None
    decided = seen.row.outcome.decided
    assert decided is not None
    new = finance_bot(access=DENIED)
    now = again(new, seen.row.question, decided)

    told = list(replayed(decision_of(decided), now, at_ms=decided.at_ms))

    assert differences(decision_of(decided), now) == ("allowed", "rule", "reason")
    assert f"policy {policy_of(worker.settings).version}: ALLOWED finance, by finance-team" in told[0]
    assert f"policy {policy_of(new).version}: REFUSED finance, by closed" in told[1]
    assert told[2:] == [
        "  allowed: True → False",
        "  rule: 'finance-team' → 'closed'",
        "  reason: 'allow' → 'deny'",
    ]


@skipping
async def test_a_bot_without_rules_records_no_decision() -> None:
    bot = finance_bot(routes=(), backends={"kb": finance_bot().backends["general"]}, access=())
    async with access_worker(msgspec.structs.replace(bot, roles=RoleHolders())).started() as worker:
        seen = await worker.answer(asked(MEMBER))

    assert seen.row is not None
    assert seen.row.outcome.decided is None


@given(st.integers(0, 2**32))
def test_any_decision_is_the_same_when_it_is_made_again_from_its_row(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - test data
    bot, person = a_policy(random), a_person(random)
    profile = profile_of(person) if random.random() < 0.8 else None
    grants = some_grants(random, person.user)
    question = a_question(text=person.text, sender=Sender(f"enc-{person.user}", person.user))
    if person.group:
        question = msgspec.structs.replace(question, conversation=in_group(person.group))
    facts = facts_of(person.user, question.sender.key, profile, group=person.group, text=person.text)
    decision = decide(policy_of(bot), facts, grants, NOW_MS)

    kept = decided_of(decision, at_ms=NOW_MS, profile=profile, grants=grants)

    assert again(bot, question, stored(kept)) == decision


def stored(decided: Decided) -> Decided:
    """As it comes out of the turn's row."""
    row = read_row(columns_of(a_question(), Lease("o", 1), Outcome(decided=decided)))
    assert row.outcome.decided is not None
    return row.outcome.decided


LINE: dict[str, Any] = {
    "message": DECIDED,
    "turn_id": "t" + "1" * 31,
    "allowed": True,
    "rule": "",
    "reason": "open",
    "policy": "abc",
}


def test_a_record_of_log_service_holds_the_line_in_its_message() -> None:
    exported = json.dumps({"functionName": "async-answer", "message": json.dumps(LINE)})

    assert read_line(exported) == read_line(json.dumps(LINE))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("allowed", "no JSON"),
        ("[]", "message"),
        (json.dumps({**LINE, "message": "answered"}), DECIDED),
        (json.dumps({**LINE, "turn_id": "t1"}), "turn_id"),
        (json.dumps({**LINE, "turn_id": 7}), "turn_id"),
        (json.dumps({**LINE, "reason": "mood"}), "has not what"),
        (json.dumps({"message": "{", "turn_id": LINE["turn_id"]}), "no JSON"),
        (json.dumps({"message": "{}"}), DECIDED),
    ],
)
def test_what_is_no_line_of_a_decision_is_said_to_be_none(line: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_line(line)
