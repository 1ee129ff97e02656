"""Whatever level is asked for, no function prints a secret, a question or an answer."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE, KNOWLEDGE_KEY, Settings
from devserver.system import HOUSEKEEPING, LocalSystem
from emulators.dingtalk.pushing.sayings import SAMPLE_PICTURE
from rag_on_dingtalk.cloud.job_codec import decode_job, encode_job
from rag_on_dingtalk.models.question import Question, turn_id_of
from rag_on_dingtalk.storage.conversations.inbox import Inbox, QueueEntry
from rag_on_dingtalk.storage.conversations.sessions import session_id_of
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.turns.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.dingtalk import PushOutcome

ANSWER = "rag-on-dingtalk-async-answer"
FAILED = "rag-on-dingtalk-failed-answer"
WORDS = "年假有几天？我的工号是蓝色七号"
FLOOR = "五楼平面图是怎样的？银河和北斗在哪里？"


@pytest.fixture
async def loud() -> AsyncIterator[LocalSystem]:
    """A system in which everything that can be told to say more is told so."""
    system = LocalSystem(
        Settings(
            piece_delay=0,
            qps=None,
            monthly_calls=None,
            environ={"LEASE_SECONDS": "0.8", "LOG_LEVEL": "DEBUG"},
            instance_env={"FC_SERVER_LOG_LEVEL": "DEBUG", "PYTHONASYNCIODEBUG": "1"},
        ),
        retry_delay=lambda _: 0.05,
    )
    await system.start()
    yield system
    await system.stop()


async def say(system: LocalSystem, text: str, pictures: tuple[bytes, ...] = ()) -> PushOutcome:
    robot, person = system.dingtalk.robot("handbook"), system.dingtalk.people[0]
    outcome = await system.dingtalk.say(
        person=person,
        conversation=system.dingtalk.private(person, robot),
        robot=robot,
        text=text,
        pictures=pictures,
    )
    await system.functions.idle()
    return outcome


def asked_again(system: LocalSystem, message_id: str) -> Question:
    """The last question as another one of the same person."""
    jobs = [decode_job(task.payload) for task in system.functions.tasks() if task.function == ANSWER]
    question = next(job for job in reversed(jobs) if isinstance(job, Question))
    return msgspec.structs.replace(
        question, message_id=message_id, turn_id=turn_id_of(question.bot, message_id)
    )


async def given_up(system: LocalSystem, question: Question) -> None:
    """Let failed_answer tell the person."""
    record = {
        "requestContext": {"condition": "UnhandledInvocationError"},
        "requestPayload": encode_job(question).decode(),
    }
    system.functions.enqueue(FAILED, json.dumps(record).encode())
    await system.functions.idle()


async def abandoned(system: LocalSystem, question: Question) -> None:
    """Leave a question as a dead owner would, for housekeeping to find."""
    rows = Rows(
        endpoint=system.tablestore.url,
        instance=INSTANCE,
        credentials=lambda: (ACCESS_KEY_ID, ACCESS_KEY_SECRET, ""),
    )
    long_ago_ms = int(time.time() * 1000) - 3_600_000
    entry = QueueEntry(asked_ms=question.asked_ms, turn_id=question.turn_id, lease_until=long_ago_ms)
    await Turns(rows).claim(question, owner="dead", now_ms=long_ago_ms - 1_000, until_ms=long_ago_ms)
    await Inbox(rows).put(session_id_of(question, shared=False), entry)
    await rows.close()


def secrets_of(system: LocalSystem) -> set[str]:
    """Everything that must not be printed, as it went over the wire."""
    tokens = {
        text
        for call in system.dingtalk.ledger.calls
        for text in (call.summary, call.api)
        if "session=" in text
    }
    sessions = {
        job.webhook.url.partition("session=")[2]
        for task in system.functions.tasks()
        if task.function == ANSWER
        if isinstance(job := decode_job(task.payload), Question)
        if job.webhook is not None
    }
    shown = {
        message.text.strip()[:12]
        for conversation in system.dingtalk.conversations
        for message in conversation.messages
        if message.from_robot
    }
    names = ("DINGTALK_CLIENT_SECRET", "DINGTALK_CARD_SECRET", "DINGTALK_EVENT_TOKEN", "DINGTALK_AES_KEY")
    return {
        "session=",
        "access_token=",
        # As keys; without quotes it is the end of an API's name, which may be said.
        '"accessToken"',
        "'accessToken'",
        "accessToken=",
        "x-acs-dingtalk-access-token",
        "蓝色七号",
        "五楼平面图",
        ACCESS_KEY_SECRET,
        KNOWLEDGE_KEY,
        *tokens,
        *sessions,
        *shown,
        *(system.environ[name] for name in names),
    } - {""}


@pytest.mark.parametrize("faults", [(), ("dingtalk.away", "dingtalk.error_500", "tablestore.drop_after")])
async def test_no_function_prints_a_secret_at_any_level(loud: LocalSystem, faults: tuple[str, ...]) -> None:
    await say(loud, FLOOR, (SAMPLE_PICTURE,))
    # Before the faults: they are meant for the functions, not for this test's own writes.
    await abandoned(loud, asked_again(loud, "msgAbandoned=="))
    # Messages through the sessionWebhook, whose address is the secret.
    loud.faults.switch_on("dingtalk.card_refused")
    for fault in faults:
        loud.faults.switch_on(fault, probability=0.3)
    await say(loud, WORDS)
    await given_up(loud, asked_again(loud, "msgGivenUp=="))
    loud.functions.fire_timer(HOUSEKEEPING)
    await loud.functions.idle()
    printed = "\n".join(entry.line for entry in loud.log)
    seen = {entry.function.removeprefix("rag-on-dingtalk-") for entry in loud.log}

    assert seen == {"callback", "async-answer", "failed-answer", "housekeeping"}
    assert [secret for secret in secrets_of(loud) if secret in printed] == []
    if not faults:
        by_webhook = [call for call in loud.dingtalk.ledger.calls if call.api.endswith("/sendBySession")]
        assert len(by_webhook) == 3, "each of the three tells the person through the sessionWebhook"
