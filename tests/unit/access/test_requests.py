"""申请权限, from the refusal to the answer: who is asked, who may decide, and that it is decided once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.settings.sections.access import AccessRule, RoleHolders, Subjects
from rag_on_dingtalk.storage.access.grants import Grants
from rag_on_dingtalk.storage.turns.turns import Turns
from tests.builders import NOW_MS
from tests.skipping_loop import skipping
from tests.unit.access.world import (
    ASKER,
    INVOICE,
    MEMBER,
    OWNER,
    access_worker,
    asked,
    click,
    finance_bot,
    in_group,
    offers_of,
    space_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.models.access import Grant
    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.storage.rows.changes import Change
    from tests.in_process import Worker

REFUSED = asked().turn_id
DECIDED = turn_id_of("handbook", f"decided {REFUSED}")


def card_of(owner: str) -> str:
    """The card on which this owner decides."""
    return turn_id_of("handbook", f"request {REFUSED} {owner}")


async def tap(worker: Worker, action: CardAction) -> str:
    """A click comes in."""
    return await worker.dispatcher.dispatch(action, worker.invocation())


async def granted(worker: Worker, user: str = ASKER) -> tuple[Grant, ...]:
    """What the person was lent."""
    return await Grants(worker.rows).of("handbook", user)  # type: ignore[arg-type]


async def requested(worker: Worker, **more: Any) -> None:
    """The asker is refused and taps 申请权限."""
    await worker.answer(asked(**more))
    assert await tap(worker, click(REFUSED, "request", ASKER)) == "requested"


def texts_of(worker: Worker, turn_id: str) -> list[str]:
    """What a card showed."""
    return list(worker.dingtalk.cards[turn_id]["texts"])


@skipping
async def test_from_the_refusal_to_the_answer_it_takes_three_taps() -> None:
    async with access_worker().started() as worker:
        await requested(worker)
        assert offers_of(worker, card_of(OWNER)) == ["approve"]
        assert INVOICE in texts_of(worker, card_of(OWNER))[-1]
        assert space_of(worker, card_of(OWNER)) == f"dtv1.card//IM_ROBOT.{OWNER}"

        assert await tap(worker, click(card_of(OWNER), "approve", OWNER, "24", worker.now_ms)) == "approved"
        assert offers_of(worker, DECIDED) == ["again"]
        assert space_of(worker, DECIDED) == f"dtv1.card//IM_ROBOT.{ASKER}"

        assert await tap(worker, click(DECIDED, "retry", ASKER)) == "answered"

    (ask,) = worker.others["finance"].asked
    assert ask.text == INVOICE


@skipping
async def test_every_owner_but_the_asker_is_asked() -> None:
    async with access_worker().started() as worker:
        await worker.answer(asked("boss02"))
        await tap(worker, click(REFUSED, "request", "boss02"))

    assert card_of(OWNER) in worker.dingtalk.cards
    assert card_of("boss02") not in worker.dingtalk.cards


@skipping
async def test_the_only_owner_is_told_that_there_is_no_other() -> None:
    bot = finance_bot()
    alone = msgspec.structs.replace(bot, roles=msgspec.structs.replace(bot.roles, owner=(ASKER,)))
    async with access_worker(alone).started() as worker:
        await worker.answer(asked())
        assert await tap(worker, click(REFUSED, "request", ASKER)) == "no_owner"

    assert "没有别的负责人" in worker.dingtalk.messages[-1]


@skipping
@pytest.mark.parametrize("second", ["1", "24"], ids=["other length", "same button"])
async def test_two_taps_on_approve_are_one_grant(second: str) -> None:
    async with access_worker().started() as worker:
        await requested(worker)
        first = await tap(worker, click(card_of(OWNER), "approve", OWNER, "24", NOW_MS + 1))
        again = await tap(worker, click(card_of(OWNER), "approve", OWNER, second, NOW_MS + 2))
        grants = await granted(worker)

    assert (first, again) == ("approved", "decided_before")
    assert [grant.until_ms for grant in grants] == [NOW_MS + 1 + 24 * 3_600_000]


@skipping
async def test_the_first_of_two_owners_decides() -> None:
    async with access_worker().started() as worker:
        await requested(worker)
        refused = await tap(worker, click(card_of("boss02"), "reject", "boss02"))
        late = await tap(worker, click(card_of(OWNER), "approve", OWNER, "24"))
        grants = await granted(worker)

    assert (refused, late, grants) == ("rejected", "decided_before", ())
    assert any("没有批准" in message for message in worker.dingtalk.messages)
    assert any("已经处理过" in message for message in worker.dingtalk.messages)


@skipping
async def test_a_decision_whose_attempt_died_is_carried_out_by_the_next_attempt() -> None:
    action = click(card_of(OWNER), "approve", OWNER, "24")
    async with access_worker().started() as worker:
        await requested(worker)
        write_all = worker.rows.write_all

        async def dies(changes: Sequence[Change]) -> list[str]:
            if any(change.table.name == "grants" for change in changes):
                raise StateError("unreachable", "died before the grant was written")
            return await write_all(changes)

        worker.rows.write_all = dies  # type: ignore[method-assign]
        with pytest.raises(StateError):
            await tap(worker, action)
        worker.rows.write_all = write_all  # type: ignore[method-assign]
        assert await tap(worker, action) == "approved"
        assert await tap(worker, action) == "approved"
        grants = await granted(worker)

    assert len(grants) == 1
    assert (
        sum(body.get("outTrackId") == DECIDED for path, body in worker.dingtalk.bodies if "create" in path)
        == 1
    )


FORGED = [
    ("a stranger decides", click("", "approve", "user0099", "24"), card_of(OWNER)),
    ("the asker decides", click("", "approve", ASKER, "24"), card_of(OWNER)),
    ("a length that no button has", click("", "approve", OWNER, "99999"), card_of(OWNER)),
    ("a length that is none", click("", "approve", OWNER, "²"), card_of(OWNER)),
    ("a decision on the refusal itself", click("", "approve", ASKER, "24"), REFUSED),
    ("a stranger requests", click("", "request", MEMBER), REFUSED),
    ("a request on the owner's card", click("", "request", OWNER), card_of(OWNER)),
]


@skipping
@pytest.mark.parametrize(("action", "card"), [row[1:] for row in FORGED], ids=[row[0] for row in FORGED])
async def test_a_click_that_is_not_the_persons_to_make_changes_nothing(action: CardAction, card: str) -> None:
    async with access_worker().started() as worker:
        await requested(worker)
        came = await tap(worker, msgspec.structs.replace(action, turn_id=card))
        grants = await granted(worker)

    assert came == f"nothing_to_{'request' if action.action == 'request' else 'decide'}"
    assert grants == ()


@skipping
async def test_an_answered_question_offers_no_request() -> None:
    async with access_worker().started() as worker:
        await worker.answer(asked(MEMBER))
        assert await tap(worker, click(REFUSED, "request", MEMBER)) == "nothing_to_request"


@skipping
@pytest.mark.parametrize(
    ("change", "result"),
    [("left", "grant_left"), ("not owner", "grant_not_yours"), ("denied", "grant_you_may_not")],
)
async def test_an_approval_is_judged_when_it_is_given(change: str, result: str) -> None:
    """The person left, the owner is none any more, or the owner's own right was denied since the request."""
    async with access_worker().started() as worker:
        await requested(worker)
        if change == "left":
            worker.people.gone.add(ASKER)
        elif change == "not owner":
            worker.bots["handbook"] = finance_bot(roles=RoleHolders(owner=("boss02",)))
        else:
            denied = AccessRule(deny=Subjects(users=(OWNER,)))
            worker.bots["handbook"] = finance_bot(access=(denied, *finance_bot().access))
        came = await tap(worker, click(card_of(OWNER), "approve", OWNER, "24"))
        grants = await granted(worker)

    assert (came, grants) == (result, ())


@skipping
async def test_a_request_from_a_group_is_answered_in_private() -> None:
    async with access_worker().started() as worker:
        await requested(worker, conversation=in_group())
        await tap(worker, click(card_of(OWNER), "approve", OWNER, "1", worker.now_ms))
        await tap(worker, click(DECIDED, "retry", ASKER))
        row = await Turns(worker.rows).read(turn_id_of("handbook", f"retry {DECIDED}"))  # type: ignore[arg-type]

    assert row is not None
    assert (row.outcome.answer, row.question.conversation.is_group) == ("财务的回答。", False)


@skipping
async def test_without_buttons_the_refusal_says_what_the_owner_can_type() -> None:
    bot = finance_bot()
    plain = msgspec.structs.replace(bot.dingtalk, card=None, card_callback=None)
    async with access_worker(msgspec.structs.replace(bot, dingtalk=plain)).started() as worker:
        seen = await worker.answer(asked())

    assert f"/grant {ASKER} finance 7d" in seen.messages[0]


@skipping
async def test_a_click_that_fc_gives_up_is_owned_up_to() -> None:
    async with access_worker().started() as worker:
        await worker.answer(asked())
        came = await worker.dispatcher.give_up(
            click(REFUSED, "request", ASKER), worker.invocation(), condition="FunctionError"
        )

    assert came == "told"
    assert "没有完成" in worker.dingtalk.messages[-1]
