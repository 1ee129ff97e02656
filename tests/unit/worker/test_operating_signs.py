"""Moderation, secrets and the heartbeat: each becomes one incident, and is over when it works again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.base import NothingFound, Text
from rag_on_dingtalk.errors import BackendError, ConfigurationError, FailureKind, ModerationError
from rag_on_dingtalk.safety.moderation.moderator import Moderator
from rag_on_dingtalk.safety.safety import Safety
from rag_on_dingtalk.safety.verdict import Verdict
from rag_on_dingtalk.settings.sections.access import Route, When
from rag_on_dingtalk.settings.sections.operations import Heartbeat, OperationsSettings
from rag_on_dingtalk.settings.sections.safety import HttpModeration, OnError
from tests.builders import NOW_MS, a_bot
from tests.in_process import ScriptedBackend, Worker
from tests.skipping_loop import skipping
from tests.unit.access.world import APP, BACKEND, asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.safety.verdict import Direction
    from rag_on_dingtalk.settings.bot import Bot

#: 10:40 in China.
HOUR = 10
DAY_MS = 86_400_000


class Service:
    """A moderation service that is there or not."""

    def __init__(self) -> None:
        self.away = False

    def most(self, _direction: Direction) -> int:
        return 2_000

    async def judge(self, _text: str, _direction: Direction, _session: str) -> Verdict:
        if self.away:
            raise ModerationError("unreachable", "it is away")
        return Verdict(allowed=True)


def operated(**more: Any) -> Bot:
    operations = more.pop("operations", OperationsSettings(operators=("ops01",), quiet_seconds=0))
    return a_bot(dingtalk=APP, operations=operations, **more)


def watched(service: Service) -> Callable[[LogLine], Safety]:
    settings = HttpModeration(url="https://m.example", on_error=OnError(questions="pass", answers="pass"))

    def build(log: LogLine) -> Safety:
        return Safety(
            words=None,
            log=log,
            clock=lambda: NOW_MS,
            moderator=lambda failed: Moderator(service, settings, words=None, failed=failed, log=log),
        )

    return build


async def ask(worker: Worker, number: int) -> None:
    await worker.answer(asked("user0001", "年假？", f"t{number:031x}", asked_ms=worker.now_ms))


def incident(worker: Worker, kind: str) -> dict[str, Any]:
    return worker.rows.tables.get("incidents", {}).get(("handbook", kind), {})


@skipping
async def test_three_questions_that_could_not_be_moderated_are_an_incident_until_one_could() -> None:
    service = Service()
    async with Worker(operated(), safety=watched(service)).started() as worker:
        worker.backend.parts = [Text("好。")]
        await ask(worker, 1)
        quiet = incident(worker, "moderation_fails")
        service.away = True
        states = []
        for number in range(2, 5):
            await ask(worker, number)
            states.append(incident(worker, "moderation_fails")["state"])
        service.away = False
        worker.skipped_ms += 61_000
        await ask(worker, 5)

    assert quiet == {}
    assert states == ["quiet", "quiet", "open"]
    assert incident(worker, "moderation_fails")["state"] == "quiet"


@skipping
async def test_a_secret_that_cannot_be_read_is_an_incident_that_operators_hear_of_afterwards() -> None:
    async with Worker(operated()).started() as worker:
        worker.backend.parts = [Text("好。")]
        # For the question, and for telling of it.
        worker.build_errors = [ConfigurationError("env:SECRET is empty.")] * 2
        with pytest.raises(ConfigurationError):
            await ask(worker, 1)
        opened = dict(incident(worker, "secrets_fail"))
        worker.skipped_ms += 61_000
        await ask(worker, 2)

    assert opened["state"] == "opening"
    assert "ERROR incident" in worker.log
    assert not any("SECRET" in str(line.get("detail", "")) for line in worker.lines)
    assert incident(worker, "secrets_fail")["state"] == "quiet"
    told = [message for message in worker.dingtalk.messages if "读取密钥失败" in message]
    told += [str(card) for card in worker.dingtalk.cards.values() if "读取密钥失败" in str(card)]
    assert len(told) == 1


def beating(hour: int = HOUR, **more: Any) -> Bot:
    beat = Heartbeat(question="年假有几天？", hour=hour)
    operations = OperationsSettings(operators=("ops01",), quiet_seconds=0, heartbeat=beat)
    return operated(
        backend=None,
        backends={"general": BACKEND, "it": BACKEND},
        routes=(Route(name="it", use="it", when=When(users=("u",))), Route(name="all", use="general")),
        operations=operations,
        **more,
    )


def beating_worker(bot: Bot) -> Worker:
    worker = Worker(bot)
    worker.backend.parts = [Text("五天。")]
    worker.others["it"] = ScriptedBackend([Text("不知道。"), NothingFound()])
    return worker


async def rounds(worker: Worker, count: int) -> None:
    for _ in range(count):
        await worker.dispatcher.clean_up(worker.invocation(120))
        worker.skipped_ms += 600_000


@skipping
async def test_every_backend_is_asked_once_a_day_and_no_statistic_knows_of_it() -> None:
    async with beating_worker(beating()).started() as worker:
        await rounds(worker, 3)
        first = (len(worker.backend.asked), len(worker.others["it"].asked))
        worker.skipped_ms += DAY_MS - 1_800_000
        await rounds(worker, 2)

    assert first == (1, 1)
    assert len(worker.backend.asked) == 2
    assert {one.text for one in worker.backend.asked} == {"年假有几天？"}
    for table in ("questions", "stats", "turns", "sessions", "experiments"):
        assert not worker.rows.tables.get(table), table
    # What the documents do not hold is an answer, too.
    assert incident(worker, "heartbeat_fails").get("state", "quiet") == "quiet"


@skipping
async def test_before_its_hour_no_backend_is_asked() -> None:
    async with beating_worker(beating(hour=23)).started() as worker:
        await rounds(worker, 2)

    assert not worker.backend.asked


@skipping
async def test_a_backend_that_does_not_answer_is_an_incident_and_asked_each_round_until_it_does() -> None:
    async with beating_worker(beating()).started() as worker:
        worker.others["it"].parts = [
            BackendError(FailureKind.CONFIG_AUTH, "the key is refused", verdict=True)
        ]
        await rounds(worker, 3)
        asked_while_open = len(worker.others["it"].asked)
        opened = dict(incident(worker, "heartbeat_fails"))
        worker.others["it"].parts = [Text("好了。")]
        await rounds(worker, 1)
        closed = incident(worker, "heartbeat_fails")["state"]
        await rounds(worker, 2)

    assert asked_while_open == 3
    assert (opened["state"], opened["detail"]) == ("open", "it: config_auth")
    assert closed == "quiet"
    assert len(worker.others["it"].asked) == 4


@skipping
async def test_a_bot_without_a_heartbeat_asks_nothing() -> None:
    async with Worker(operated()).started() as worker:
        await rounds(worker, 2)

    assert not worker.backend.asked
    assert not any("heartbeat" in str(key) for key in worker.rows.tables.get("counters", {}))
