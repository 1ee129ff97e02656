"""Time runs out: the card is closed with what has arrived, before Function Compute ends the invocation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE, KNOWLEDGE_KEY
from emulators.dingtalk import CardState
from rag_on_dingtalk import texts
from rag_on_dingtalk.clock import now_ms
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.worker.container import open_worker
from rag_on_dingtalk.worker.invocation import CLOSING_MS, Invocation
from tests.scenario.chat.test_main_job import TRAVEL, row

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_answer_that_takes_too_long_is_closed_with_what_has_arrived(
    system: LocalSystem, private: Chat
) -> None:
    system.faults.switch_on("knowledge.slow", value="0.5")
    lines: list[str] = []
    environ = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
        "ANYTHINGLLM_API_KEY": KNOWLEDGE_KEY,
        "DINGTALK_API_URL": system.dingtalk.url,
        "DINGTALK_CLIENT_SECRET": private.robot.client_secret,
        "TABLESTORE_ENDPOINT": system.tablestore.url,
        "TABLESTORE_INSTANCE": INSTANCE,
    }
    bots = system.bots_in_use().bots
    async with open_worker(bots, environ, lambda message, **_: lines.append(message)) as worker:
        # As long as this machine needs for a first piece, besides what is kept for closing.
        for answering_ms in (1_000, 2_000, 4_000, 8_000, 16_000):
            question = question_of(private, number=answering_ms)
            started = now_ms()
            deadline = started + CLOSING_MS + answering_ms
            outcome = await worker.dispatch(question, Invocation("owner", started, deadline))
            card = system.dingtalk.card(question.turn_id)
            arrived, _, note = card.text.rpartition("\n\n> ")
            if arrived:
                break

    assert (outcome, card.state) == ("answered", CardState.FINISHED)
    assert note == texts.Texts("zh").failure(FailureKind.DEADLINE)
    assert arrived
    assert "deadline" in lines
    assert row(system, question.turn_id)["failure"] == "deadline"


def question_of(chat: Chat, *, number: int) -> Question:
    """A question of the chat's person; each number is a turn of its own."""
    (person,) = chat.people
    return Question(
        turn_id=f"tdeadline{os.getpid()}x{number}",
        bot="handbook",
        message_id="m",
        text=TRAVEL,
        message_type="text",
        sender=Sender(person.sender_id, person.staff_id, person.nick),
        conversation=Conversation(chat.conversation.id, ConversationType.ONE_TO_ONE),
        asked_ms=now_ms(),
    )
