"""Administrators are told once, whichever process finds out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from rag_on_dingtalk.delivery.pacing import Level
from rag_on_dingtalk.dingtalk.outbound.broadcast import send_to_people
from rag_on_dingtalk.errors import DingTalkError, StateError
from rag_on_dingtalk.models.jobs import Notice
from rag_on_dingtalk.settings.sections.dingtalk import Budget
from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
from rag_on_dingtalk.worker.operating.admin_notifier import AdminNotifier
from tests.builders import a_bot

if TYPE_CHECKING:
    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
    from rag_on_dingtalk.pipeline.context import BotRuntime
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.shared.once import Once

NOW = 1_795_000_000_000


@dataclass
class Api:
    """Remembers what was sent to whom."""

    sent: list[tuple[str, list[str]]] = field(default_factory=list)
    fails: bool = False

    def charged_to(self, _gate: object) -> Api:
        return self

    async def call(self, _method: str, _path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.fails:
            raise DingTalkError("unreachable", "no answer")
        self.sent.append((body["msgParam"], body["userIds"]))
        return {"flowControlledStaffIdList": ["held"], "invalidStaffIdList": []}


@dataclass
class Claims:
    """What happened once already; as in Tablestore, for all processes."""

    claimed: dict[tuple[str, str], str] = field(default_factory=dict)
    away: bool = False

    async def first(self, scope: str, window: str, *, by: str) -> bool:
        await asyncio.sleep(0)
        if self.away:
            raise StateError("unreachable", "away")
        return self.claimed.setdefault((scope, window), by) == by


@dataclass
class World:
    """Two bots of one app, and processes that serve them."""

    administrators: tuple[str, ...] = ("boss1", "boss2")
    api: Api = field(default_factory=Api)
    claims: Claims = field(default_factory=Claims)
    level: Level = Level.AMPLE
    log: list[str] = field(default_factory=list)

    def process(self, me: str = "p1") -> AdminNotifier:
        bots = {"handbook": self.bot(self.administrators[:1]), "team": self.bot(self.administrators[1:])}

        async def build(_name: str, settings: Bot) -> BotRuntime:
            channels = SimpleNamespace(api=self.api, robot_code="ding1", quota=self.quota())
            return cast("BotRuntime", SimpleNamespace(settings=settings, channels=channels))

        log = lambda message, **_: self.log.append(message)  # noqa: E731 - two objects take the same log
        return AdminNotifier(
            bots=BotRuntimes(bots, build, log), once=cast("Once", self.claims), me=me, log=log
        )

    def quota(self) -> SimpleNamespace:
        async def aclose() -> None:
            return

        return SimpleNamespace(
            level=self.level,
            settings=Budget(monthly_calls=100),
            month=SimpleNamespace(name="2026-11"),
            reservation=lambda: SimpleNamespace(aclose=aclose),
        )

    def bot(self, administrators: tuple[str, ...]) -> Bot:
        return a_bot(administrators=administrators)


async def test_administrators_of_all_bots_of_the_app_are_told_once() -> None:
    world = World(level=Level.THRIFTY)
    one, other = world.process("p1"), world.process("p2")

    for process in (one, other, one):
        await process.watch_quota("handbook")
        await process.watch_quota("team")

    ((said, people),) = world.api.sent
    param = json.loads(said)
    assert param["title"]
    assert param["text"].startswith(param["title"].rstrip("…"))
    assert "80%" in said
    assert "100" in said
    assert people == ["boss1", "boss2"]


async def test_a_month_that_passes_both_thresholds_at_once_is_told_of_both() -> None:
    world = World(level=Level.USED_UP)

    await world.process().watch_quota("handbook")

    eighty, hundred = (said for said, _ in world.api.sent)
    assert "80%" in eighty
    assert "已用完" in hundred


async def test_answers_of_one_process_that_end_together_tell_once() -> None:
    world = World(level=Level.THRIFTY)
    process = world.process()

    await asyncio.gather(*(process.watch_quota("handbook") for _ in range(5)))

    assert len(world.api.sent) == 1


async def test_no_administrator_is_told_before_there_is_anything_to_tell() -> None:
    world = World()

    await world.process().watch_quota("handbook")

    assert (world.api.sent, world.claims.claimed) == ([], {})


@pytest.mark.parametrize("obstacle", ["api", "claims"])
async def test_a_process_that_could_not_tell_tries_again(obstacle: str) -> None:
    world = World(level=Level.THRIFTY)
    process = world.process()
    world.api.fails, world.claims.away = obstacle == "api", obstacle == "claims"
    await process.watch_quota("handbook")
    assert world.log == ["administrators_not_told"]

    world.api.fails = world.claims.away = False
    await process.watch_quota("handbook")

    assert len(world.api.sent) == 1


async def test_without_administrators_the_log_says_it() -> None:
    world = World(administrators=(), level=Level.THRIFTY)
    process = world.process()

    await process.watch_quota("handbook")
    await process.watch_quota("handbook")

    assert (world.log, world.api.sent) == (["no_administrators"], [])


async def test_an_empty_push_quota_is_told_once_per_bot_and_day() -> None:
    world = World()
    at = [NOW, NOW + 1, NOW + 86_400_000]

    outcomes = [
        await world.process(f"p{n}").tell_of(Notice("handbook", "push_quota", noticed_ms))
        for n, noticed_ms in enumerate(at)
    ]

    assert outcomes == ["told", "told_already", "told"]


async def test_a_notice_that_failed_is_told_when_it_comes_again() -> None:
    world = World()
    world.api.fails = True
    notice = Notice("handbook", "push_quota", NOW)
    with pytest.raises(DingTalkError):
        await world.process("p1").tell_of(notice)

    world.api.fails = False

    assert await world.process("p2").tell_of(notice) == "told"


async def test_a_notice_for_a_bot_that_is_gone_is_dropped() -> None:
    assert await World().process().tell_of(Notice("gone", "push_quota", NOW)) == "no_such_bot"


async def test_a_message_to_many_goes_out_twenty_at_a_time() -> None:
    api = Api()
    people = [f"staff{n}" for n in range(45)]

    missed = await send_to_people(cast("OpenApi", api), people, robot_code="ding1", title="t", markdown="m")

    assert [len(named) for _, named in api.sent] == [20, 20, 5]
    assert missed == ["held"] * 3
