"""What people see when something on the way fails: never silence, never two answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import CardState
from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind
from tests.scenario.chat.test_main_job import TRAVEL, row
from tests.scenario.conftest import times_finished

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("fault", "value", "kind"),
    [
        ("knowledge.error_500", "", FailureKind.UPSTREAM),
        ("knowledge.refuse", "", FailureKind.UNREACHABLE),
        ("knowledge.empty", "", FailureKind.EMPTY),
        ("knowledge.busy", "", FailureKind.BUSY),
        ("knowledge.break", "8", FailureKind.INTERRUPTED),
        ("knowledge.abort", "8", FailureKind.INTERRUPTED),
    ],
)
async def test_a_failing_backend_closes_the_card_and_says_what_happened(
    system: LocalSystem, private: Chat, fault: str, value: str, kind: FailureKind
) -> None:
    system.faults.switch_on(fault, value=value)

    card = await private.ask(TRAVEL)

    # What arrived before a break is an answer of sorts; without a word there is none.
    began = kind is FailureKind.INTERRUPTED
    assert card.state is (CardState.FINISHED if began else CardState.FAILED)
    assert texts.Texts("zh").failure(kind) in card.text
    assert ("failed", kind.value) == (
        row(system, card.out_track_id)["status"],
        row(system, card.out_track_id)["failure"],
    )


@pytest.mark.parametrize("fault", ["knowledge.error_500", "knowledge.refuse", "knowledge.busy"])
async def test_a_backend_that_fails_once_before_its_first_word_is_not_noticed(
    system: LocalSystem, private: Chat, fault: str
) -> None:
    system.faults.switch_on(fault, count=1)

    card = await private.ask(TRAVEL)

    assert "来源" in card.text


async def test_what_arrived_before_the_break_is_kept(system: LocalSystem, private: Chat) -> None:
    whole = await private.ask(TRAVEL)
    await private.say("/new")
    system.faults.switch_on("knowledge.break", value="8")

    broken = await private.ask(TRAVEL)

    arrived = broken.text.split("\n\n> ")[0].strip()
    assert arrived
    assert whole.text.startswith(arrived)


@pytest.mark.parametrize("fault", ["dingtalk.card_refused", "dingtalk.card_undelivered"])
async def test_where_no_card_can_be_had_markdown_arrives(
    system: LocalSystem, private: Chat, fault: str
) -> None:
    system.faults.switch_on(fault)

    await private.say(TRAVEL)
    (said,) = await private.replies(1)

    assert said.via == "session_webhook"
    assert "**来源**" in said.text


async def test_when_the_webhook_is_gone_too_the_openapi_is_used(system: LocalSystem, group: Chat) -> None:
    system.faults.switch_on("dingtalk.card_refused")
    system.faults.switch_on("dingtalk.webhook_expired")

    await group.say(TRAVEL)
    (said,) = await group.replies(1)

    assert said.via == "openapi"
    assert "**来源**" in said.text


async def test_markdown_in_a_group_mentions_the_asker(system: LocalSystem, group: Chat) -> None:
    system.faults.switch_on("dingtalk.card_refused")

    await group.say(TRAVEL, person=1)
    (said,) = await group.replies(1)

    assert (group.people[1].staff_id,) == said.at_user_ids


async def test_refused_frames_do_not_cost_the_answer(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("dingtalk.qps", count=2)

    card = await private.ask(TRAVEL)

    assert card.state is CardState.FINISHED
    assert "来源" in card.text


async def test_a_card_that_may_not_be_streamed_is_closed_with_the_answer_all_the_same(
    system: LocalSystem, private: Chat
) -> None:
    system.faults.switch_on("dingtalk.streaming_refused")

    card = await private.ask(TRAVEL)

    assert private.conversation.cards == [card]
    assert card.state is CardState.FINISHED
    assert "来源" in card.text
    assert not [message for message in private.conversation.messages if message.from_robot]


async def test_an_expired_token_is_renewed(system: LocalSystem, private: Chat) -> None:
    await private.ask(TRAVEL)
    system.faults.switch_on("dingtalk.token_expired", count=1)

    assert (await private.ask(TRAVEL)).state is CardState.FINISHED


@pytest.mark.parametrize("fault", ["function_compute.away", "function_compute.throttle"])
async def test_when_the_question_cannot_be_queued_the_person_is_told_at_once(
    system: LocalSystem, private: Chat, fault: str
) -> None:
    system.faults.switch_on(fault)

    outcome = await private.say(TRAVEL)

    (said,) = await private.replies(1)
    assert said.via == "inline"
    assert texts.Texts("zh").say("not_queued") == said.text
    assert json.loads(outcome.body)["msgtype"] == "text"


async def test_fc_delivering_twice_gives_one_answer(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("function_compute.deliver_twice")

    card = await private.ask(TRAVEL)

    assert [card] == private.conversation.cards
    assert times_finished(card) == 1


@pytest.mark.parametrize("fault", ["tablestore.busy", "tablestore.drop_after", "tablestore.drop_before"])
async def test_a_tablestore_hiccup_is_not_noticed(system: LocalSystem, private: Chat, fault: str) -> None:
    system.faults.switch_on(fault, count=1)

    card = await private.ask(TRAVEL)

    assert [card] == private.conversation.cards
    assert "来源" in card.text


async def test_without_tablestore_a_question_is_still_answered_once(
    system: LocalSystem, private: Chat
) -> None:
    system.faults.switch_on("tablestore.away")

    card = await private.ask(TRAVEL, times=3, settle=False)
    # The second and the third delivery wait for Tablestore; what they find then is no reason to answer again.
    system.faults.switch_off("tablestore.away")
    await system.functions.idle()

    assert private.conversation.cards == [card]
    assert "来源" in card.text
    assert times_finished(card) == 1
    assert [message.text for message in private.conversation.messages if message.from_robot] == []


async def test_tablestore_away_only_for_the_claim_does_not_cost_the_answer(
    system: LocalSystem, private: Chat
) -> None:
    # The connection is tried again for each of the claim's writes and reads.
    system.faults.switch_on("tablestore.away", count=3)

    card = await private.ask(TRAVEL)

    assert "来源" in card.text
    assert row(system, card.out_track_id)["status"] == "done"


async def test_people_outside_the_organisation_are_answered_in_the_group(
    system: LocalSystem, group: Chat
) -> None:
    from emulators.dingtalk import Person

    visitor = system.dingtalk.add_person(Person(nick=f"访客{id(group)}", corp_id="dingothercorp0001"))
    group.conversation.people.append(visitor)
    group.people.append(visitor)

    card = await group.ask(TRAVEL, person=2)

    assert "来源" in card.text
