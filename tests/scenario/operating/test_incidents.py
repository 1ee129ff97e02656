"""Incidents in real processes: the operators' group, its one card, the buttons and the end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
import pytest_asyncio

from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.dingtalk import Card, Conversation, Person
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from tests.busy_machine import patient_bots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

_PATIENCE = 120.0
_FAILURES = 60
_PROCESSES = 4


class Operated:
    """A system whose bot tells a group of its own."""

    def __init__(self) -> None:
        environ = {"ANSWER_INSTANCES": "8", "LEASE_SECONDS": "5"}
        self.system = LocalSystem(
            Settings(change_bots=patient_bots, piece_delay=0, qps=None, monthly_calls=None, environ=environ),
            retry_delay=lambda _: 0.05,
        )
        dingtalk = self.system.dingtalk
        self.robot = dingtalk.robot("handbook")
        self.operator = dingtalk.add_person(Person(nick="运维", staff_id="ops01"))
        self.group: Conversation = dingtalk.add_group("运维群", [self.operator], [self.robot])
        operations = OperationsSettings(group=self.group.id, operators=("ops01",), quiet_seconds=0)
        bots = dict(self.system.bots.bots)
        bots["handbook"] = msgspec.structs.replace(bots["handbook"], operations=operations)
        local = self.system._local_bots
        local.bots = self.system.bots = msgspec.structs.replace(self.system.bots, bots=bots)
        self.people = 0

    async def ask(self, times: int = 1) -> None:
        """New people ask at the same time; returns when all is done."""
        await asyncio.gather(*(self._ask() for _ in range(times)))
        await self.system.functions.idle()

    async def _ask(self) -> None:
        self.people += 1
        dingtalk = self.system.dingtalk
        person = dingtalk.add_person(Person(nick=f"同事{self.people}", staff_id=f"p{self.people:04d}"))
        private = dingtalk.private(person, self.robot)
        await dingtalk.say(person=person, conversation=private, text="年假有几天？", robot=self.robot)

    async def tap(self, card: Card, words: str, person: Person | None = None) -> None:
        await self.system.dingtalk.click(
            card,
            person=person or self.operator,
            action_id="ask",
            params={"action": "ask", "question": words},
        )
        await self.system.functions.idle()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operated() -> AsyncIterator[Operated]:
    operated = Operated()
    await operated.system.start()
    yield operated
    await operated.system.stop()


async def test_many_failures_over_many_processes_are_one_card_that_is_closed_once(operated: Operated) -> None:
    system = operated.system
    # The other test of this module may have been here before.
    earlier = len(operated.group.cards)
    system.log.clear()
    system.faults.switch_on("knowledge.unauthorized")
    for _ in range(_PROCESSES):
        await operated.ask(_FAILURES // _PROCESSES)
        # The next process remembers nothing of what this one has seen.
        system.functions.kill_instance("rag-on-dingtalk-async-answer")

    instances = {entry.instance for entry in system.log if '"failure":"config_auth"' in entry.line}
    assert len(instances) == _PROCESSES
    (card,) = operated.group.cards[earlier:]
    assert "知识库拒绝了密钥" in card.text
    assert card.closed
    opened = [entry for entry in system.log if '"message":"incident"' in entry.line]
    assert len(opened) == 1

    await operated.tap(card, "知道了")
    assert "ops01 正在处理" in card.text

    system.faults.switch_off()
    await operated.ask(4)
    assert card.text.startswith("**🟢")
    assert operated.group.cards[earlier:] == [card]
    assert len([entry for entry in system.log if '"message":"incident_over"' in entry.line]) == 1
    assert [one for one in operated.group.messages if one.from_robot] == []


async def test_a_person_who_is_no_operator_changes_nothing_and_is_in_the_audit(operated: Operated) -> None:
    system = operated.system
    system.faults.switch_on("knowledge.unauthorized")
    await operated.ask(1)
    card = operated.group.cards[-1]
    before = card.text
    stranger = system.dingtalk.add_person(Person(nick="路人", staff_id="other01"))

    await operated.tap(card, "静音 2 小时", stranger)
    system.faults.switch_off()

    acts = [
        (row.get("act"), row.get("who"), row.get("result")) for row in system.tablestore.rows("audit", 1_000)
    ]
    assert card.text == before
    assert ("incident.muted", "other01", "refused") in acts
    await operated.ask(1)
    assert card.text.startswith("**🟢")
