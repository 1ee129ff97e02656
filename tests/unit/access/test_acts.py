"""What people do to a bot in the chat asks their roles, and is in the audit, done or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.access.roles import MATRIX, VERBS, holders_of, permission, verbs_of
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.settings.sections.access import RoleHolders
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from rag_on_dingtalk.storage.journal.audit import Audit
from tests.builders import a_bot
from tests.skipping_loop import skipping
from tests.unit.access.world import ASKER, MEMBER, OWNER, access_worker, an_event, asked, click, finance_bot

if TYPE_CHECKING:
    from tests.in_process import Worker

REFUSED = asked().turn_id
CARD = turn_id_of("handbook", f"request {REFUSED} {OWNER}")
SECOND_CARD = turn_id_of("handbook", f"request {REFUSED} boss02")
LENT = f"{ASKER} finance"


async def recorded(worker: Worker) -> list[tuple[Any, ...]]:
    """What the audit has of the bot's rights: act, who, what, result, rule."""
    audit = Audit(worker.rows)  # type: ignore[arg-type]  # the same methods over a dictionary
    found = [one async for one in audit.between("handbook", "2026-01-01", "2026-12-31")]
    count, problems = await audit.verify("handbook", "2026-01-01", "2026-12-31")
    assert (count, problems) == (len(found), [])
    columns = ("act", "who", "what", "result", "rule")
    return [
        tuple(one.columns[name] for name in columns)
        for one in found
        if str(one.columns["act"]).startswith("grant.")
    ]


async def say(worker: Worker, user: str, text: str, number: int) -> None:
    await worker.answer(asked(user, text, "t" + f"{number:x}" * 31))


async def tap(worker: Worker, card: str, action: str, user: str, words: str = "") -> str:
    return await worker.dispatcher.dispatch(
        click(card, action, user, words, worker.now_ms), worker.invocation()
    )


@skipping
async def test_what_an_owner_gives_and_takes_by_command_is_in_the_audit() -> None:
    async with access_worker().started() as worker:
        await say(worker, OWNER, f"/grant {ASKER} finance 7d 审计", 5)
        await say(worker, "boss02", f"/revoke {ASKER} finance", 6)
        found = await recorded(worker)

    assert found == [
        ("grant.given", OWNER, LENT, "done", "role:owner"),
        ("grant.taken", "boss02", LENT, "done", "role:owner"),
    ]


@skipping
@pytest.mark.parametrize(
    ("user", "text", "act", "what", "rule"),
    [
        ("audit01", f"/grant {ASKER} finance 7d", "grant.given", LENT, "grant_not_yours"),
        (OWNER, f"/grant {OWNER} finance 7d", "grant.given", f"{OWNER} finance", "grant_to_yourself"),
        (OWNER, f"/grant {ASKER} finance 90d", "grant.given", LENT, "grant_too_long"),
        (ASKER, f"/revoke {MEMBER}", "grant.taken", "", "no role may grant"),
    ],
)
async def test_a_refused_command_is_in_the_audit_with_its_reason(
    user: str, text: str, act: str, what: str, rule: str
) -> None:
    async with access_worker().started() as worker:
        await say(worker, user, text, 5)
        await say(worker, user, text, 6)
        found = await recorded(worker)

    # Twice within a minute it is one record.
    assert found == [(act, user, what, "refused", rule)]


@skipping
@pytest.mark.parametrize(("action", "act"), [("approve", "grant.given"), ("reject", "grant.rejected")])
async def test_a_request_and_the_decision_on_it_are_in_the_audit_once(action: str, act: str) -> None:
    async with access_worker().started() as worker:
        await worker.answer(asked())
        await tap(worker, REFUSED, "request", ASKER)
        await tap(worker, CARD, action, OWNER, "24")
        assert await tap(worker, SECOND_CARD, "approve", "boss02", "24") == "decided_before"
        found = await recorded(worker)

    assert found == [
        ("grant.asked", ASKER, "finance", "done", ""),
        (act, OWNER, LENT, "done", "role:owner"),
    ]


@skipping
@pytest.mark.parametrize("action", ["approve", "reject"])
async def test_who_is_no_owner_any_more_decides_nothing_on_an_old_card(action: str) -> None:
    async with access_worker().started() as worker:
        await worker.answer(asked())
        await tap(worker, REFUSED, "request", ASKER)
        worker.bots["handbook"] = msgspec.structs.replace(
            worker.settings, roles=RoleHolders(owner=("boss02",))
        )
        assert await tap(worker, CARD, action, OWNER, "24") == "grant_not_yours"
        assert await tap(worker, SECOND_CARD, "approve", "boss02", "24") == "approved"
        found = await recorded(worker)

    assert found[1:] == [
        ("grant.given", OWNER, LENT, "refused", "grant_not_yours"),
        ("grant.given", "boss02", LENT, "done", "role:owner"),
    ]


@skipping
async def test_what_a_leaving_person_loses_is_in_the_audit() -> None:
    async with access_worker().started() as worker:
        await say(worker, OWNER, f"/grant {ASKER} finance 7d", 5)
        worker.skipped_ms += 1_000
        await worker.dispatcher.dispatch(an_event("user_leave_org", ASKER), worker.invocation())
        found = await recorded(worker)

    assert found[1:] == [("grant.taken", "user_leave_org", LENT, "done", "")]


@skipping
async def test_without_the_audits_table_a_right_is_given_all_the_same_and_the_log_has_the_act() -> None:
    async with access_worker().started() as worker:
        worker.rows.missing = {"audit"}
        await say(worker, OWNER, f"/grant {ASKER} finance 7d", 5)
        answer = await worker.answer(asked())

    assert answer.card == ["财务的回答。"]
    (line,) = (line for line in worker.lines if line["message"] == "act_not_recorded")
    assert (line["act"], line["who"], line["what"]) == ("grant.given", OWNER, LENT)


@pytest.mark.parametrize("verb", VERBS)
def test_a_permission_names_the_role_that_gives_it(verb: Any) -> None:
    bot = finance_bot(roles=RoleHolders(owner=(OWNER,), curator=("hr01",), auditor=("audit01",)))
    for role, user in (("owner", OWNER), ("curator", "hr01"), ("auditor", "audit01"), ("asker", "")):
        found = permission(user, verb, bot)
        assert found.allowed is (verb in MATRIX[role])  # type: ignore[index]
        assert found.rule == (f"role:{role}" if found.allowed else "")
        assert (verb in verbs_of(user, bot)) is found.allowed


@pytest.mark.parametrize(
    ("more", "operators"),
    [
        ({"administrators": ("admin01",)}, ("ops01", "admin01")),
        (
            {"administrators": ("admin01",), "operations": OperationsSettings(operators=("ops02",))},
            ("ops01", "ops02"),
        ),
    ],
)
def test_who_is_told_of_incidents_may_operate(more: dict[str, Any], operators: tuple[str, ...]) -> None:
    bot = a_bot(roles=RoleHolders(owner=(OWNER,), operator=("ops01",)), **more)

    assert holders_of(bot).operator == operators
    assert [permission(user, "operate", bot).allowed for user in (*operators, OWNER, ASKER)] == [
        True, True, True, False,
    ]  # fmt: skip
