"""Secrets that KMS keeps: the functions ask for them, and no failure of KMS silences a bot for good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from devserver.settings import Settings
from devserver.system import LocalSystem
from rag_on_dingtalk import texts
from tests.busy_machine import patient_bots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.dingtalk import PushOutcome

NOT_QUEUED = texts.Texts("zh").say("not_queued")


@pytest.fixture
async def in_kms() -> AsyncIterator[LocalSystem]:
    system = LocalSystem(
        Settings(change_bots=patient_bots, piece_delay=0, qps=None, monthly_calls=None, secrets_in_kms=True)
    )
    await system.start()
    yield system
    await system.stop()


async def say(system: LocalSystem) -> PushOutcome:
    robot, person = system.dingtalk.robot("handbook"), system.dingtalk.people[0]
    conversation = system.dingtalk.private(person, robot)
    return await system.dingtalk.say(
        person=person, conversation=conversation, robot=robot, text="年假有几天？"
    )


async def _until_taken(system: LocalSystem) -> PushOutcome:
    """Ask until the question is taken; an instance asks KMS once a second."""
    while NOT_QUEUED in (outcome := await say(system)).pushes[-1].body:
        pass
    return outcome


def answers(system: LocalSystem) -> list[str]:
    return [card.text for conversation in system.dingtalk.conversations for card in conversation.cards]


async def test_the_functions_read_their_secrets_from_kms(in_kms: LocalSystem) -> None:
    await say(in_kms)
    await in_kms.functions.idle()

    assert len(answers(in_kms)) == 1
    assert {"DINGTALK_CLIENT_SECRET", "ANYTHINGLLM_API_KEY"} <= set(in_kms.kms.asked)


@pytest.mark.parametrize("fault", ["busy", "throttle", "away"])
async def test_a_failure_of_kms_at_a_cold_start_costs_no_question(in_kms: LocalSystem, fault: str) -> None:
    in_kms.faults.switch_on(f"kms.{fault}", count=1)
    outcome = await say(in_kms)
    # The other cold start.
    in_kms.faults.switch_on(f"kms.{fault}", count=1)
    await in_kms.functions.idle()

    assert outcome.delivered
    assert len(answers(in_kms)) == 1
    assert [entry.line for entry in in_kms.log if "bot_closed" in entry.line] == []


async def test_while_kms_is_away_people_are_told_and_afterwards_answered_by_the_same_instance(
    in_kms: LocalSystem,
) -> None:
    in_kms.faults.begin_outage("kms.away", 3600)
    told = await say(in_kms)
    again = await say(in_kms)
    in_kms.faults.switch_off()
    last = await asyncio.wait_for(_until_taken(in_kms), 120)
    await in_kms.functions.idle()

    assert NOT_QUEUED in told.pushes[0].body
    assert NOT_QUEUED in again.pushes[0].body
    assert last.delivered
    assert len(answers(in_kms)) == 1
    callbacks = {entry.instance for entry in in_kms.log if entry.function.endswith("callback")}
    assert len(callbacks) == 1
