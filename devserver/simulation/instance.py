"""Where the library's objects are built and its rows are read: the one place that knows their constructors.

A change of the library's composition is followed here and nowhere else in the simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx

from devserver.simulation.bot import BOT, bot_of
from devserver.simulation.limit_books import chains_of
from devserver.simulation.services.backend import SimBackend
from devserver.simulation.services.skills import SKILLS, SimApis
from devserver.simulation.services.tablestore import MemoryRows
from devserver.simulation.services.transport import SimTransport
from rag_on_dingtalk.clock import Clock as WorkerClock
from rag_on_dingtalk.delivery.channels import Channels
from rag_on_dingtalk.delivery.media_uploader import MediaUploader
from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.jobs import LateCard
from rag_on_dingtalk.net.fetching import Fetcher
from rag_on_dingtalk.observability.log_fields import with_fields
from rag_on_dingtalk.pipeline.context import BotRuntime, KnowledgeBase
from rag_on_dingtalk.resilience.byte_budget import ByteBudget
from rag_on_dingtalk.storage.shared.counters import CallCounter
from rag_on_dingtalk.storage.turns.outcome import Status
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
from rag_on_dingtalk.worker.container import build_dispatcher
from rag_on_dingtalk.worker.guarded_backend import guard
from rag_on_dingtalk.worker.invocation import Invocation, LeaseTerms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devserver.simulation.plan.draw import Plan, PlannedQuestion
    from devserver.simulation.plan.weather import Weather
    from devserver.simulation.scheduler.clock import Clock
    from devserver.simulation.services.dingtalk import DingTalk
    from devserver.simulation.services.function_compute import OfTurn
    from devserver.simulation.services.secrets import Secrets
    from devserver.simulation.services.tablestore import Tables
    from devserver.simulation.world import World
    from rag_on_dingtalk.cloud.job_queue import Put
    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import Level, LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.worker.dispatcher import Dispatcher

#: As deployed.
LEASE_SECONDS = 30.0
API_URL = "https://api.dingtalk.com"
OAPI_URL = "https://oapi.dingtalk.com"
WEBHOOK_URL = f"{OAPI_URL}/robot/sendBySession?session="


@dataclass(frozen=True)
class Surroundings:
    """What an instance is built into: the plan it belongs to and the services it can reach.

    asked: the planned questions, by turn id. weather: on the way to DingTalk.
    """

    world: World
    plan: Plan
    asked: Mapping[str, PlannedQuestion]
    tables: Tables
    dingtalk: DingTalk
    weather: Weather
    secrets: Secrets


def build_instance(
    name: str, clock: Clock, around: Surroundings, requeue: Callable[[OfTurn, float], None]
) -> Dispatcher:
    """One function's whole object graph, as `worker/container.py` builds it; to be called in its context.

    name: unique; stands for the ids that the library would draw.
    """
    log = _log_of(name, around.world)
    rows: Any = MemoryRows(around.tables)
    bot = bot_of(around.plan)
    http = httpx.AsyncClient(transport=SimTransport(around.world, around.dingtalk, around.weather))
    counter = CallCounter(rows, bot.dingtalk.client_id, me=name, clock=clock.now_ms)
    quota = DingTalkQuota(bot.dingtalk.budget, counter, clock=clock.now_ms, log=log)

    async def _build(_name: str, settings: Bot) -> BotRuntime:
        channels = _channels_of(settings, name, clock, http, quota, around.secrets)
        media = Media(api=channels.api, http=http, oapi_url=OAPI_URL, robot_code=channels.robot_code)
        fetcher, in_flight = Fetcher(most_bytes=1_000_000), ByteBudget(40_000_000)
        uploader = MediaUploader(media, fetcher, base_url="https://kb.invalid", in_flight=in_flight)

        def _base(called: str) -> KnowledgeBase:
            of = settings.all_backends[called]
            name = BOT if len(settings.all_backends) == 1 else f"{BOT}/{called}"
            backend = guard(
                SimBackend(around.world, around.asked, called),
                rows,
                name=name,
                timeouts=of.timeouts,
                clock=clock.now_ms,
                log=log,
            )
            return KnowledgeBase(of, backend, uploader)

        first, *others = settings.all_backends
        return BotRuntime(
            settings=settings,
            backend=_base(first).backend,
            channels=channels,
            media=media,
            downloads=fetcher,
            uploader=uploader,
            in_flight=in_flight,
            others={called: _base(called) for called in others},
            skills=SKILLS if around.plan.skills else (),
            apis=SimApis(around.world) if around.plan.skills else None,  # type: ignore[arg-type]  # its method
        )

    return build_dispatcher(
        BotRuntimes({BOT: bot}, _build, log),
        rows,
        terms=LeaseTerms(int(LEASE_SECONDS * 1000)),
        me=name,
        log=log,
        hand_over=SimHandOver(requeue, Turns(rows)),
        queue=_queue_to(requeue),
        clock=WorkerClock(now_ms=clock.now_ms),
        departments_of=_departments_of,
    )


def _queue_to(requeue: Callable[[OfTurn, float], None]) -> Put:
    """The simulated queue, which takes jobs at once."""

    async def _put(job: Job, seconds: int = 0) -> None:
        if not isinstance(job, LateCard):
            raise TypeError(f"A job of the type {type(job).__name__} is not simulated. Add it here.")
        requeue(job, seconds)

    return _put


async def _departments_of(question: Question) -> Sequence[Sequence[int]]:
    return chains_of(question.sender.key)


class SimHandOver:
    """Puts questions back into the simulated queue, which takes them at once."""

    def __init__(self, requeue: Callable[[Question, float], None], turns: Turns) -> None:
        self._requeue = requeue
        self._turns = turns

    async def later(self, question: Question, seconds: int) -> bool:
        """As `QueueHandOver.later`."""
        self._requeue(question, seconds)
        return True

    async def now(self, turn_id: str) -> None:
        """As `QueueHandOver.now`."""
        try:
            row = await self._turns.read(turn_id)
        except StateError:
            return
        if row is not None and not row.lease.finished:
            self._requeue(row.question, 0.0)


def _channels_of(
    bot: Bot, name: str, clock: Clock, http: httpx.AsyncClient, quota: DingTalkQuota, secrets: Secrets
) -> Channels:
    api = OpenApi(
        http=http,
        api_url=API_URL,
        client_id=bot.dingtalk.client_id,
        client_secret=secrets.resolve(),
        clock=clock.monotonic,
    )
    frames = count(1)
    cards = None
    if bot.dingtalk.card is not None:
        cards = Cards(
            api=api,
            robot_code=bot.dingtalk.robot,
            template=bot.dingtalk.card,
            callback_route="",
            frame_id=lambda: f"{name}-{next(frames)}",
        )
    return Channels(
        http=http, api=api, cards=cards, robot_code=bot.dingtalk.robot, quota=quota, clock=clock.now_ms
    )


def invocation_of(owner: str, clock: Clock, timeout_seconds: float, attempt: int) -> Invocation:
    """One invocation that begins now."""
    now_ms = clock.now_ms()
    return Invocation(
        owner=owner,
        started_ms=now_ms,
        deadline_ms=now_ms + int(timeout_seconds * 1000),
        retries=attempt - 1,
    )


def row_state(row: Mapping[str, Any]) -> tuple[str, bool]:
    """The invocation that a row of `turns` names as owner, and whether the question is finished."""
    return str(row["owner"]).rpartition("/")[0], row["status"] in (Status.DONE.value, Status.FAILED.value)


def _log_of(name: str, world: World) -> LogLine:
    def log(message: str, *, level: Level = "INFO", **fields: str | int) -> None:
        if level != "INFO" or message in ("answered", "duplicate"):
            error, turn_id = str(fields.get("error", "")), str(with_fields(fields).get("turn_id", ""))
            world.note(f"log.{message}", turn_id, f"{name} {error}"[:110])

    return log
