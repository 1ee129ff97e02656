"""Time runs out: the card is closed with what has arrived, before Function Compute ends the invocation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from local.dingtalk import CardState
from local.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE, KNOWLEDGE_KEY
from rag_on_dingtalk import messages
from rag_on_dingtalk.answering.assembly import assemble
from rag_on_dingtalk.answering.parties import CLOSING_SECONDS, Invocation
from rag_on_dingtalk.answering.reaching import now_ms
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.model import Conversation, ConversationType, Question, Sender
from tests.scenario.test_main_job import TRAVEL, row

if TYPE_CHECKING:
    from local.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_answer_that_takes_too_long_is_closed_with_what_has_arrived(
    system: LocalSystem, private: Chat
) -> None:
    system.faults.switch_on("knowledge.slow", value="0.1")
    lines: list[str] = []
    (person,) = private.people
    question = Question(
        turn_id=f"tdeadline{os.getpid()}",
        bot="handbook",
        message_id="m",
        text=TRAVEL,
        message_type="text",
        sender=Sender(person.sender_id, person.staff_id, person.nick),
        conversation=Conversation(private.conversation.id, ConversationType.ONE_TO_ONE),
        asked_ms=now_ms(),
    )
    environ = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
        "ANYTHINGLLM_API_KEY": KNOWLEDGE_KEY,
        "DINGTALK_API_URL": system.dingtalk.url,
        "DINGTALK_CLIENT_SECRET": private.robot.client_secret,
        "TABLESTORE_ENDPOINT": system.tablestore.url,
        "TABLESTORE_INSTANCE": INSTANCE,
    }
    started = now_ms()
    # Half a second to answer in, besides what is kept for closing.
    deadline = started + int(CLOSING_SECONDS * 1000) + 500
    bots = system.bots_in_use().bots
    async with assemble(bots, environ, lambda message, **_: lines.append(message)) as jobs:
        outcome = await jobs.do(question, Invocation("owner", started, deadline))

    card = system.dingtalk.card(question.turn_id)
    assert (outcome, card.state) == ("answered", CardState.FINISHED)
    arrived, _, note = card.text.rpartition("\n\n> ")
    assert note == messages.Texts("zh").failure(FailureKind.DEADLINE)
    assert arrived
    assert "deadline" in lines
    assert row(system, question.turn_id)["failure"] == "deadline"
