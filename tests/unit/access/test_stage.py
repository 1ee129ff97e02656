"""Who is answered from where, and what a refused person sees: the whole worker in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from rag_on_dingtalk.models.access import Grant
from rag_on_dingtalk.models.question import Sender
from rag_on_dingtalk.storage.access.grants import Grants
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import Worker
from tests.skipping_loop import skipping
from tests.unit.access.world import (
    ASKER,
    INVOICE,
    MEMBER,
    access_worker,
    an_event,
    asked,
    finance_bot,
    in_group,
    offers_of,
    space_of,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.models.jobs import OrganisationEvent

OTHER = "t" + "2" * 31
THIRD = "t" + "3" * 31


def backends_asked(worker: Worker) -> tuple[int, int]:
    """How often the general one and finance's were asked."""
    return len(worker.backend.asked), len(worker.others["finance"].asked)


async def give(worker: Worker, user: str, until_ms: int) -> None:
    """Lend a person the finance route."""
    await Grants(worker.rows).give(Grant("g1", "handbook", user, "finance", NOW_MS - 1, until_ms, "boss01"))  # type: ignore[arg-type]


@skipping
async def test_each_question_goes_to_the_backend_of_its_route() -> None:
    async with access_worker().started() as worker:
        general = await worker.answer(asked(MEMBER, "年假有几天？"))
        finance = await worker.answer(asked(MEMBER, INVOICE, OTHER))

    assert (general.card, finance.card) == (["一般的回答。"], ["财务的回答。"])
    assert finance.row is not None
    assert finance.row.outcome.route == "finance"


@skipping
async def test_an_answer_names_its_route_where_the_bot_is_set_so() -> None:
    async with access_worker(finance_bot(name_route=True)).started() as worker:
        seen = await worker.answer(asked(MEMBER))

    assert seen.card is not None
    assert seen.card[-1] == "财务的回答。\n\n（由「finance」回答）"


@skipping
async def test_what_one_backend_was_told_is_never_told_to_another() -> None:
    bot = finance_bot()
    async with access_worker(bot).started() as worker:
        await worker.answer(asked(MEMBER, INVOICE))
        await worker.answer(asked(MEMBER, "年假？", OTHER))
        await worker.answer(asked(MEMBER, "发票抬头？", THIRD))

    (first, again), (between,) = worker.others["finance"].asked, worker.backend.asked
    assert first.session_key == again.session_key != between.session_key


@skipping
async def test_a_refusal_in_a_private_chat_names_rule_ids_and_owner_and_has_a_button() -> None:
    async with access_worker().started() as worker:
        seen = await worker.answer(asked())

    assert seen.card is not None
    for word in ("finance", "finance-team", ASKER, "c1", "boss01", "申请权限"):
        assert word in seen.card[-1]
    assert offers_of(worker, asked().turn_id) == ["request"]
    assert backends_asked(worker) == (0, 0)


@skipping
async def test_a_refusal_of_a_question_in_a_group_is_for_the_askers_eyes_only() -> None:
    question = asked(conversation=in_group())
    async with access_worker().started() as worker:
        seen = await worker.answer(question)

    assert seen.finished
    assert seen.messages == []
    assert space_of(worker, question.turn_id) == f"dtv1.card//IM_ROBOT.{ASKER}"


@skipping
async def test_a_retry_of_a_refusal_in_a_group_stays_private() -> None:
    question = asked(conversation=in_group())
    async with access_worker().started() as worker:
        worker.dingtalk.answers["/v1.0/card/streaming"] = (500, {"code": "system.busy"})
        worker.dingtalk.answers["/v1.0/card/instances"] = (500, {"code": "system.busy"})
        worker.dingtalk.answers["/v1.0/robot/oToMessages/batchSend"] = (500, {"code": "system.busy"})
        with pytest.raises(Exception, match=r"system\.busy"):
            await worker.answer(question)
        worker.dingtalk.answers.clear()
        worker.dingtalk.bodies.clear()
        await worker.answer(question, retries=1)

    assert not [path for path, _ in worker.dingtalk.bodies if "group" in path or "sendBySession" in path]


@skipping
async def test_the_same_refusal_is_told_once_in_ten_minutes_and_every_one_is_counted() -> None:
    async with access_worker().started() as worker:
        first = await worker.answer(asked())
        second = await worker.answer(asked(turn_id=OTHER))
        worker.skipped_ms += 600_000
        third = await worker.answer(asked(turn_id=THIRD))

    assert first.card
    assert (second.result, second.card, second.messages) == ("answered", None, [])
    assert third.card
    (row,) = (row for key, row in worker.rows.tables["counters"].items() if key[0].startswith("refused:"))
    assert row["count"] == 3


@skipping
async def test_a_quiet_rule_says_nothing_at_all() -> None:
    async with access_worker().started() as worker:
        seen = await worker.answer(asked("left01", "年假？"))

    assert (seen.result, seen.card, seen.messages) == ("answered", None, [])
    assert not [call for call in worker.dingtalk.calls if "card" in call or "robot" in call]


@skipping
async def test_a_guest_in_a_group_reads_no_rule_and_no_id() -> None:
    guest = msgspec.structs.replace(asked(conversation=in_group()), sender=Sender("enc"), webhook=a_webhook())
    async with access_worker().started() as worker:
        seen = await worker.answer(guest)

    assert "finance-team" not in seen.messages[0]
    assert "组织内" in seen.messages[0]


@skipping
async def test_without_the_directory_the_least_rights_hold_whatever_was_known_yesterday() -> None:
    async with access_worker().started() as worker:
        before = await worker.answer(asked(MEMBER))
        worker.people.away = True
        worker.skipped_ms += 25 * 3_600_000
        after = await worker.answer(asked(MEMBER, turn_id=OTHER))
        others = await worker.answer(asked(MEMBER, "年假？", THIRD))

    assert before.card == ["财务的回答。"]
    assert "查不到你的部门" in after.messages[0]
    assert others.card == ["一般的回答。"]


@skipping
async def test_a_young_profile_is_not_asked_for_again() -> None:
    async with access_worker().started() as worker:
        await worker.answer(asked(MEMBER))
        worker.people.away = True
        seen = await worker.answer(asked(MEMBER, turn_id=OTHER))

    assert seen.card == ["财务的回答。"]
    assert worker.people.asked == [MEMBER]


@pytest.mark.parametrize(
    "event",
    [
        an_event("user_modify_org", MEMBER),
        an_event("label_user_change", MEMBER),
        an_event("org_dept_modify", departments=("200",)),
        an_event("org_dept_remove", departments=("200",)),
        an_event("org_dept_create", departments=("201",)),
        an_event("label_conf_modify"),
        an_event("label_conf_del"),
        an_event("label_conf_add"),
        an_event("user_modify_org"),
        an_event("user_modify_org", *(f"user{number}" for number in range(30)), MEMBER),
    ],
    ids=lambda event: f"{event.type}-{len(event.user_ids)}",
)
@skipping
async def test_a_person_who_was_moved_is_served_by_the_new_rule_with_the_next_question(
    event: OrganisationEvent,
) -> None:
    async with access_worker().started() as worker:
        before = await worker.answer(asked(MEMBER))
        worker.people.chains[MEMBER] = ((100, 1),)
        await worker.dispatcher.dispatch(event, worker.invocation())
        after = await worker.answer(asked(MEMBER, turn_id=OTHER))

    assert before.card == ["财务的回答。"]
    assert after.card is not None
    assert "finance-team" in after.card[-1]


@skipping
async def test_without_an_event_the_new_rule_holds_when_the_profile_is_too_old() -> None:
    async with access_worker().started() as worker:
        await worker.answer(asked(MEMBER))
        worker.people.chains[MEMBER] = ((100, 1),)
        worker.skipped_ms += 24 * 3_600_000
        after = await worker.answer(asked(MEMBER, turn_id=OTHER))

    assert after.card is not None
    assert "finance-team" in after.card[-1]


@skipping
async def test_an_answer_of_the_directory_that_was_overtaken_by_an_event_is_not_kept() -> None:
    """It was asked before the person moved, and comes back after the event was handled."""
    async with access_worker().started() as worker:
        people = worker.people
        ask = people.profile_of

        async def slow(staff_id: str, *, now_ms: int) -> object:
            old = await ask(staff_id, now_ms=now_ms)
            people.chains[MEMBER] = ((100, 1),)
            people.profile_of = ask
            await worker.dispatcher.dispatch(an_event("user_modify_org", MEMBER), worker.invocation())
            return old

        people.profile_of = slow
        await worker.answer(asked(MEMBER))
        after = await worker.answer(asked(MEMBER, turn_id=OTHER))

    assert after.card is not None
    assert "finance-team" in after.card[-1]


@skipping
async def test_a_grant_answers_until_its_end_and_not_a_millisecond_longer() -> None:
    async with access_worker().started() as worker:
        end_ms = worker.now_ms + 60_000
        await give(worker, ASKER, end_ms)
        during = await worker.answer(asked())
        worker.skipped_ms += end_ms - worker.now_ms
        after = await worker.answer(asked(turn_id=OTHER))

    assert during.card == ["财务的回答。"]
    assert after.card is not None
    assert "finance-team" in after.card[-1]


@skipping
async def test_a_grant_that_ends_while_the_question_waits_for_its_turn_is_dead_then() -> None:
    async with access_worker().started() as worker:
        await give(worker, ASKER, worker.now_ms + 60_000)
        real = worker.rows.range

        async def late(table: object, first: str, *, limit: int) -> object:
            if getattr(table, "name", "") == "inbox":
                worker.skipped_ms += 61_000
                worker.rows.range = real  # type: ignore[method-assign]
            return await real(table, first, limit=limit)  # type: ignore[arg-type]

        worker.rows.range = late  # type: ignore[method-assign, assignment]
        seen = await worker.answer(asked())

    assert backends_asked(worker) == (0, 0)
    assert seen.card is not None
    assert "finance-team" in seen.card[-1]


@skipping
async def test_who_leaves_the_organisation_loses_grants_and_session() -> None:
    async with access_worker().started() as worker:
        await give(worker, MEMBER, worker.now_ms + 3_600_000)
        await worker.answer(asked(MEMBER))
        worker.skipped_ms += 1_000
        await worker.dispatcher.dispatch(an_event("user_leave_org", MEMBER), worker.invocation())
        worker.skipped_ms += 1_000
        (grant,) = await Grants(worker.rows).of("handbook", MEMBER)  # type: ignore[arg-type]
        # The same staff id comes back, into the same department.
        await worker.answer(asked(MEMBER, turn_id=OTHER))

    assert not grant.lives(worker.now_ms)
    before, after = worker.others["finance"].asked
    assert before.session_key != after.session_key


@skipping
async def test_a_bot_without_rules_makes_no_request_more_than_before() -> None:
    async with Worker(a_bot()).started() as worker:
        await worker.answer(a_question())

    tables = {call.split()[1] for call in worker.rows.calls}
    assert tables.isdisjoint({"directory", "grants"})


@skipping
async def test_rules_cost_two_requests_a_question() -> None:
    async with Worker(a_bot()).started() as plain:
        await plain.answer(a_question())
    async with access_worker().started() as worker:
        await worker.answer(asked(MEMBER))
        worker.rows.calls.clear()
        await worker.answer(asked(MEMBER, turn_id=OTHER))

    extra = [call for call in worker.rows.calls if call.split()[1] in ("directory", "grants")]
    assert extra == ["get_many directory", "range grants"]
    assert len(worker.rows.calls) <= len(plain.rows.calls) + 2
