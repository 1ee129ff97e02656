"""Incidents over several instances of the whole worker: one card, few updates, one recovery."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import anyio
import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.models.question import Conversation, ConversationType, Sender, turn_id_of
from rag_on_dingtalk.settings.sections.dingtalk import Budget, DingTalkApp
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from tests.builders import a_bot, a_question
from tests.in_process import TEMPLATE, FakeDingTalk, MemoryRows, Worker
from tests.skipping_loop import skipping

#: The workers share a name, under which they must not count calls.
UNCOUNTED = Budget(monthly_calls=None)
APP = DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=TEMPLATE, budget=UNCOUNTED)
BOT = a_bot(dingtalk=APP, operations=OperationsSettings(group="cidOps", operators=("ops01",)))
DOWN = BackendError(FailureKind.CONFIG_AUTH, "401")
CREATE, UPDATE = "POST /v1.0/card/instances/createAndDeliver", "PUT /v1.0/card/instances"


class FarRows(MemoryRows):
    """Each call takes 20 ms."""

    async def _arrive(self, call: str) -> None:
        await asyncio.sleep(0.02)
        await super()._arrive(call)


class World:
    """Instances that share one store and one DingTalk."""

    def __init__(self, instances: int, bot: Any = BOT, rows: MemoryRows | None = None) -> None:
        self.rows, self.dingtalk = rows or MemoryRows(), FakeDingTalk()
        self.workers = [Worker(bot, rows=self.rows, dingtalk=self.dingtalk) for _ in range(instances)]
        self.asked = 0

    async def ask(self, instance: int, *, fails: bool) -> None:
        worker = self.workers[instance % len(self.workers)]
        worker.backend.parts = [DOWN] if fails else [Text("五天。")]
        self.asked += 1
        await worker.answer(
            a_question(
                turn_id_of("handbook", f"m{self.asked}"),
                sender=Sender("x", f"user{self.asked}"),
                asked_ms=worker._now(),
                conversation=Conversation(f"c{self.asked}", ConversationType.ONE_TO_ONE),
            )
        )

    def card(self, kind: str, episode: int = 1) -> dict[str, Any] | None:
        return self.dingtalk.cards.get(turn_id_of("handbook", f"incident {kind} {episode}"))

    def texts(self, kind: str, episode: int = 1) -> list[str]:
        card = self.card(kind, episode)
        return [] if card is None else card["variables"]

    async def started(self, stack: AsyncExitStack) -> World:
        for worker in self.workers:
            await stack.enter_async_context(worker.started())
        return self

    def pass_time(self, milliseconds: int) -> None:
        for worker in self.workers:
            worker.skipped_ms += milliseconds


@skipping
async def test_three_hundred_failures_over_eight_instances_are_one_card_and_one_recovery() -> None:
    async with AsyncExitStack() as stack:
        world = await World(8).started(stack)
        for number in range(300):
            await world.ask(number, fails=True)
            world.pass_time(400)
        during = list(world.texts("backend_refuses"))
        world.pass_time(20_000)
        for number in range(8):
            await world.ask(number, fails=False)

    after = world.texts("backend_refuses")
    assert during[0].startswith("**🔴 员工手册助手：知识库拒绝了密钥")
    assert 10 <= len(during) <= 300 * 0.4 / 5 + 1
    assert len(after) == len(during) + 1
    assert after[-1].startswith("**🟢")
    assert "300" in after[-1]
    assert [kind for kind in ("backend_fails", "slow", "backlog") if world.card(kind)] == []


@skipping
async def test_two_hundred_answers_of_one_instance_that_fail_at_once_are_counted_in_a_few_changes() -> None:
    async with AsyncExitStack() as stack:
        world = await World(1, rows=FarRows()).started(stack)
        await world.ask(0, fails=True)
        world.rows.calls.clear()
        async with anyio.create_task_group() as group:
            for _ in range(200):
                group.start_soon(partial(world.ask, 0, fails=True))

    assert world.rows.calls.count("put incidents") <= 60
    assert world.rows.tables["incidents"]["handbook", "backend_refuses"]["count"] == 201
    assert "WARNING incident_not_noted" not in world.workers[0].log


@skipping
async def test_three_ordinary_failures_open_a_card_and_two_do_not() -> None:
    busy = BackendError(FailureKind.UPSTREAM, "500", begun=True)
    async with AsyncExitStack() as stack:
        world = await World(3).started(stack)
        for worker in world.workers:
            worker.backend.parts = [busy]
        for number in range(3):
            assert world.card("backend_fails") is None
            await world.workers[number].answer(a_question(turn_id_of("handbook", f"q{number}")))

    assert world.card("backend_fails") is not None


@skipping
async def test_an_operator_takes_it_and_mutes_it_and_another_person_cannot() -> None:
    async with AsyncExitStack() as stack:
        world = await World(1).started(stack)
        worker = world.workers[0]
        await world.ask(0, fails=True)
        card = turn_id_of("handbook", "incident backend_refuses 1")

        refused = await worker.click("ask", turn_id=card, user="user0001", words="知道了")
        taken = await worker.click("ask", turn_id=card, user="ops01", words="知道了")
        silent = await worker.click("ask", turn_id=card, user="ops01", words="静音 2 小时")
        before = len(world.texts("backend_refuses"))
        for _ in range(5):
            world.pass_time(6_000)
            await world.ask(0, fails=True)

    assert (refused, taken, silent) == ("not_an_operator", "incident.acknowledged", "incident.muted")
    assert "ops01 正在处理" in world.texts("backend_refuses")[-1]
    assert len(world.texts("backend_refuses")) == before
    acts = [row.get("act") for row in world.rows.tables["audit"].values()]
    assert {"incident.acknowledged", "incident.muted"} <= set(acts)


@skipping
async def test_the_next_trouble_after_a_recovery_is_a_card_of_its_own() -> None:
    async with AsyncExitStack() as stack:
        world = await World(1).started(stack)
        for fails in (True, False, True):
            world.pass_time(20_000)
            await world.ask(0, fails=fails)

    assert world.card("backend_refuses", 1)
    assert world.card("backend_refuses", 2)


@pytest.mark.parametrize("missing", ["incidents", "away"])
@skipping
async def test_without_the_table_questions_are_answered_as_before(missing: str) -> None:
    async with AsyncExitStack() as stack:
        world = await World(1).started(stack)
        world.rows.missing = {"incidents"}
        await world.ask(0, fails=True)
        await world.ask(0, fails=False)

    assert world.workers[0].log.count("INFO answered") == 2
    assert "WARNING incident_not_noted" in world.workers[0].log


@skipping
async def test_a_bot_without_cards_tells_by_message_when_it_begins_and_when_it_is_over() -> None:
    app = DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=None, budget=UNCOUNTED)
    bot = a_bot(dingtalk=app, administrators=("admin01",))
    async with AsyncExitStack() as stack:
        world = await World(2, bot).started(stack)
        for number in range(20):
            await world.ask(number, fails=True)
            world.pass_time(1_000)
        world.pass_time(20_000)
        await world.ask(0, fails=False)

    told = [message for message in world.dingtalk.messages if "🔴" in message or "🟢" in message]
    assert ["🔴" in one for one in told] == [True, False]


@skipping
async def test_a_healthy_question_costs_two_requests_for_the_operators_at_most() -> None:
    async with AsyncExitStack() as stack:
        world = await World(1).started(stack)
        costs = []
        for _ in range(5):
            before = len(world.rows.calls)
            await world.ask(0, fails=False)
            calls = world.rows.calls[before:]
            costs.append(sum("stats" in one or "incidents" in one or "audit" in one for one in calls))

    assert max(costs) == 2
    assert costs[1:] == [1, 1, 1, 1]
