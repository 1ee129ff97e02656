"""One instance of async_answer over a store and a DingTalk made of dictionaries."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from rag_on_dingtalk.clock import Clock
from rag_on_dingtalk.delivery.channels import Channels
from rag_on_dingtalk.delivery.media_uploader import MediaUploader
from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.dingtalk.directory.department_names import DepartmentNames
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.models.jobs import CardAction
from rag_on_dingtalk.net.fetching import Fetcher
from rag_on_dingtalk.observability.log_fields import with_fields
from rag_on_dingtalk.pipeline.context import BotRuntime, KnowledgeBase
from rag_on_dingtalk.resilience.byte_budget import ByteBudget
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate
from rag_on_dingtalk.storage.shared.counters import CallCounter
from rag_on_dingtalk.storage.turns.row import read_row
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
from rag_on_dingtalk.worker.container import build_dispatcher
from rag_on_dingtalk.worker.invocation import Invocation, LeaseTerms
from tests.builders import NOW_MS, a_bot
from tests.in_process.backend import ScriptedBackend
from tests.in_process.dingtalk import FakeDingTalk
from tests.in_process.rows import MemoryRows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.cloud.job_queue import Put
    from rag_on_dingtalk.knowledge.skills.calling import ApiCaller
    from rag_on_dingtalk.knowledge.skills.matching import Ready
    from rag_on_dingtalk.models.jobs import Action
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.safety.safety import Safety
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.turns.row import TurnRow
    from rag_on_dingtalk.worker.dispatcher import Dispatcher


API = "https://api.dingtalk.com"
TEMPLATE = CardTemplate(id="template.schema", variable="content")


@dataclass
class Seen:
    """What the asker of one question sees, and what is recorded of it.

    card: the texts it showed, the last one being final if it is finished; None: there is no card.
    """

    result: str
    card: list[str] | None
    finished: bool
    messages: list[str]
    row: TurnRow | None


class RecordingHandOver:
    """Remembers which turns were queued again, and after how many seconds; `takes`: whether that works."""

    def __init__(self) -> None:
        self.later_calls: list[tuple[str, int]] = []
        self.woken: list[str] = []
        self.takes = True

    async def later(self, question: Question, seconds: int) -> bool:
        if self.takes:
            self.later_calls.append((question.turn_id, seconds))
        return self.takes

    async def now(self, turn_id: str) -> None:
        self.woken.append(turn_id)


class Worker:
    """One instance of async_answer; give two of them the same rows and DingTalk, and they share a world.

    own_backend: asked in place of the scripted one. safety: makes what the bot looks for.
    """

    def __init__(
        self,
        settings: Bot | None = None,
        *,
        rows: MemoryRows | None = None,
        dingtalk: FakeDingTalk | None = None,
        own_backend: Backend | None = None,
        safety: Callable[[LogLine], Safety] | None = None,
    ) -> None:
        self.settings = settings or a_bot()
        self.rows = rows or MemoryRows()
        self.dingtalk = dingtalk or FakeDingTalk()
        self.bots = {"handbook": self.settings}
        self.backend = ScriptedBackend()
        self._own_backend = own_backend
        self._safety = safety
        self.skipped_ms = 0
        self.in_flight = ByteBudget(40_000_000)
        self.log: list[str] = []
        self.lines: list[dict[str, str | int]] = []
        self.build_errors: list[Exception] = []
        self.uploads_left: list[float] = []
        self.hand_over: RecordingHandOver | None = None
        #: Takes jobs of the worker's own; None: the queue cannot be reached.
        self.queue: Put | None = None
        self.departments: Sequence[Sequence[int]] | None = ()
        self.departments_of: Callable[[Question], Sequence[Sequence[int]] | None] = lambda _: self.departments
        #: Whose app signs people in to the console; empty: there is none.
        self.console_bot = ""
        #: Departments for limits are `people`'s, read as in a function.
        self.directory_for_limits = False
        #: What tells departments and roles; None: the directory cannot be asked.
        self.people: Any = None
        #: Those of its files, and what makes their calls.
        self.skills: tuple[Ready, ...] = ()
        self.apis: ApiCaller | None = None
        #: Of a bot with several backends: those beside the first, by name.
        self.others: dict[str, ScriptedBackend] = {}
        self.dispatcher: Dispatcher
        self._invocations = 0

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Worker]:
        """The worker, built as `worker/container.py` builds it."""
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx.AsyncClient(transport=self.dingtalk))
            self.dispatcher = build_dispatcher(
                BotRuntimes(self.bots, self._builder(http), self._write),
                self.rows,  # type: ignore[arg-type]  # the same methods over a dictionary
                terms=LeaseTerms(30_000),
                me="test",
                log=self._write,
                hand_over=self.hand_over,
                queue=self.queue,
                clock=Clock(now_ms=self._now),
                departments_of=None if self.directory_for_limits else self._departments_of,
                console_bot=self.console_bot,
            )
            yield self

    async def answer(self, question: Question, *, seconds: float = 300.0, retries: int = 0) -> Seen:
        """One invocation; what it raises comes out."""
        return self._seen(
            question, await self.dispatcher.dispatch(question, self.invocation(seconds, retries))
        )

    async def give_up(self, question: Question, *, seconds: float = 120.0) -> Seen:
        """One invocation of failed_answer."""
        result = await self.dispatcher.give_up(question, self.invocation(seconds), condition="FunctionError")
        return self._seen(question, result)

    async def stop(self, question: Question) -> str:
        """The asker taps ⏹ on the question's card."""
        click = CardAction(
            question.bot, question.turn_id, "stop", question.sender.staff_id, question.asked_ms
        )
        return await self.dispatcher.dispatch(click, self.invocation())

    async def click(self, action: Action, *, turn_id: str, user: str = "user0001", words: str = "") -> str:
        """A person taps a button of a card."""
        click = CardAction("handbook", turn_id, action, user, self._now(), words=words)
        return await self.dispatcher.dispatch(click, self.invocation())

    async def row(self, turn_id: str) -> TurnRow | None:
        """What is recorded of a turn, read past an outage."""
        away, self.rows.away = self.rows.away, False
        row = await Turns(self.rows).read(turn_id)  # type: ignore[arg-type]  # as above
        self.rows.away = away
        return row

    def invocation(self, seconds: float = 300.0, retries: int = 0) -> Invocation:
        """One that begins now."""
        self._invocations += 1
        deadline_ms = self.now_ms + int(seconds * 1000)
        return Invocation(f"invocation-{self._invocations}", self.now_ms, deadline_ms, retries)

    async def _departments_of(self, question: Question) -> Sequence[Sequence[int]] | None:
        return self.departments_of(question)

    def _seen(self, question: Question, result: str) -> Seen:
        card = self.dingtalk.cards.get(question.turn_id)
        columns = self.rows.tables.get("turns", {}).get((question.turn_id,))
        return Seen(
            result,
            None if card is None else card["texts"],
            bool(card and card["finished"]),
            list(self.dingtalk.messages),
            None if columns is None else read_row(columns),
        )

    def _builder(self, http: httpx.AsyncClient) -> Callable[[str, Bot], Awaitable[BotRuntime]]:
        async def _build(_name: str, settings: Bot) -> BotRuntime:
            if self.build_errors:
                raise self.build_errors.pop(0)
            app = settings.dingtalk
            api = OpenApi(
                http=http, api_url=API, client_id=app.client_id, client_secret=Secret("s"), clock=lambda: 0.0
            )
            cards = None
            if app.card:
                cards = Cards(
                    api=api, robot_code=app.robot, template=app.card, callback_route="", frame_id=lambda: "f"
                )
            counter = CallCounter(self.rows, app.client_id, me="test", clock=self._now)  # type: ignore[arg-type]  # as above
            quota = DingTalkQuota(app.budget, counter, clock=self._now, log=self._write)
            media = Media(api=api, http=http, oapi_url=API, robot_code=app.robot)
            fetcher, in_flight = Fetcher(most_bytes=1_000_000), self.in_flight
            return BotRuntime(
                settings=settings,
                backend=self._own_backend or self.backend,
                channels=Channels(
                    http=http, api=api, cards=cards, robot_code=app.robot, quota=quota, clock=self._now
                ),
                media=media,
                downloads=fetcher,
                uploader=MediaUploader(media, fetcher, base_url="https://kb.example", in_flight=in_flight),
                in_flight=in_flight,
                safety=self._safety(self._write) if self._safety is not None else None,
                people=self.people,
                departments=self.people and DepartmentNames(self.people, clock=self._now, log=self._write),
                skills=self.skills,
                apis=self.apis,
                others={
                    name: self._base(name, backend, media, fetcher)
                    for name, backend in list(settings.all_backends.items())[1:]
                },
            )

        return _build

    def _base(self, name: str, settings: Any, media: Media, fetcher: Fetcher) -> KnowledgeBase:
        scripted = self.others.setdefault(name, ScriptedBackend())
        url = "https://kb.example"
        return KnowledgeBase(
            settings, scripted, MediaUploader(media, fetcher, base_url=url, in_flight=self.in_flight)
        )

    @property
    def now_ms(self) -> int:
        """The instance's clock: the loop's time, and what the test lets pass at once."""
        return NOW_MS + self.skipped_ms + int(asyncio.get_running_loop().time() * 1000)

    def _now(self) -> int:
        return self.now_ms

    def _write(self, message: str, *, level: str = "INFO", **fields: str | int) -> None:
        self.log.append(f"{level} {message}")
        self.lines.append(with_fields({"message": message, **fields}))
