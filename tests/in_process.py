"""The whole worker in the test's own process, over a store and a DingTalk made of dictionaries.

`Worker.answer(question)` does what an invocation of async_answer does, and tells what the person sees. The
emulators stand for the real wires; this is for what happens between them. Its tests are `@skipping`.
"""

from __future__ import annotations

import asyncio
import copy
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from devserver.simulation.services.conditions import holds, only, outcome_of, updated
from rag_on_dingtalk.clock import Clock
from rag_on_dingtalk.delivery.channels import Channels
from rag_on_dingtalk.delivery.media_uploader import MediaUploader
from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.dingtalk.directory.department_names import DepartmentNames
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.jobs import CardAction
from rag_on_dingtalk.net.fetching import Fetcher
from rag_on_dingtalk.observability.log_fields import with_fields
from rag_on_dingtalk.pipeline.context import BotRuntime, KnowledgeBase
from rag_on_dingtalk.resilience.byte_budget import ByteBudget
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate
from rag_on_dingtalk.storage.rows.changes import Delete
from rag_on_dingtalk.storage.shared.counters import CallCounter
from rag_on_dingtalk.storage.turns.row import read_row
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
from rag_on_dingtalk.worker.container import build_dispatcher
from rag_on_dingtalk.worker.invocation import Invocation, LeaseTerms
from tests.builders import NOW_MS, a_bot

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from rag_on_dingtalk.backends.base import AnswerPart, Ask, Backend
    from rag_on_dingtalk.knowledge.skills.calling import ApiCaller
    from rag_on_dingtalk.knowledge.skills.matching import Ready
    from rag_on_dingtalk.models.jobs import Action
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.safety.safety import Safety
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.rows.changes import Change, Put
    from rag_on_dingtalk.storage.rows.client import Columns, Key
    from rag_on_dingtalk.storage.tables import Table
    from rag_on_dingtalk.storage.turns.row import TurnRow
    from rag_on_dingtalk.worker.dispatcher import Dispatcher

API = "https://api.dingtalk.com"
TEMPLATE = CardTemplate(id="template.schema", variable="content")


class MemoryRows:
    """`storage.rows.client.Rows` over a dictionary. `away` refuses every call."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[tuple[Any, ...], Columns]] = {}
        self.calls: list[str] = []
        #: By ranges, of which one request reads many.
        self.rows_read = 0
        self.away = False
        #: Tables that this deployment has not.
        self.missing: set[str] = set()

    async def get(self, table: Table, key: Key) -> Columns | None:
        await self._arrive(f"get {table.name}")
        return copy.copy(self._rows(table).get(_whole(key)))

    async def get_many(
        self, table: Table, keys: Sequence[Key], columns: Sequence[str] = ()
    ) -> list[Columns | None]:
        await self._arrive(f"get_many {table.name}")
        return [only(self._rows(table).get(_whole(key)), columns) for key in keys]

    async def put(self, table: Table, key: Key, columns: Mapping[str, Any], condition: object = None) -> bool:
        await self._arrive(f"put {table.name}")
        if not holds(condition, self._rows(table).get(_whole(key))):
            return False
        self._rows(table)[_whole(key)] = dict(columns)
        return True

    async def get_columns(self, table: Table, key: Key, columns: Sequence[str]) -> Columns:
        row = await self.get(table, key) or {}
        return {name: row[name] for name in columns if name in row}

    async def update(
        self,
        table: Table,
        key: Key,
        *,
        put: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
        condition: object = None,
    ) -> bool:
        await self._arrive(f"update {table.name}")
        row = self._rows(table).get(_whole(key))
        if not holds(condition, row):
            return False
        self._rows(table)[_whole(key)] = updated(row or {}, put or {}, add or {}, remove)
        return True

    async def delete(self, table: Table, key: Key, condition: object = None) -> bool:
        await self._arrive(f"delete {table.name}")
        if not holds(condition, self._rows(table).get(_whole(key))):
            return False
        self._rows(table).pop(_whole(key), None)
        return True

    async def range(self, table: Table, first: str, *, limit: int) -> list[tuple[Key, Columns]]:
        await self._arrive(f"range {table.name}")
        rows = self._rows(table)
        found: list[tuple[Key, Columns]] = [(key, dict(rows[key])) for key in sorted(rows) if key[0] == first]
        return found[:limit]

    async def scan(self, table: Table, **_: int) -> AsyncIterator[tuple[Key, Columns]]:
        await self._arrive(f"scan {table.name}")
        for key, row in sorted(self._rows(table).items()):
            yield key, dict(row)

    async def write_all(self, changes: Sequence[Change]) -> list[str]:
        await self._arrive("batch " + " ".join(change.table.name for change in changes))
        missing = [f"{one.table.name} OTSObjectNotExist" for one in changes if one.table.name in self.missing]
        for change in changes:
            if change.table.name not in self.missing:
                rows = self._rows(change.table)
                if isinstance(change, Delete):
                    rows.pop(change.key, None)
                else:
                    rows[change.key] = outcome_of(change, rows.get(change.key))
        return missing

    async def put_new(self, change: Put) -> bool:
        await self._arrive(f"put {change.table.name}")
        return self._rows(change.table).setdefault(change.key, outcome_of(change, None)) == change.columns

    async def last(self, table: Table, first: str) -> tuple[tuple[Any, ...], Columns] | None:
        await self._arrive(f"range {table.name}")
        return max(
            ((key, dict(row)) for key, row in self._rows(table).items() if key[0] == first),
            default=None,
            key=lambda one: one[0],
        )

    async def part(
        self,
        table: Table,
        first: str,
        *,
        limit: int,
        at: tuple[Any, ...] = (),
        until: tuple[Any, ...] = (),
        backward: bool = False,
        columns: Sequence[str] = (),
    ) -> tuple[list[tuple[tuple[Any, ...], Columns]], tuple[Any, ...]]:
        await self._arrive(f"range {table.name}")

        def _inside(key: tuple[Any, ...]) -> bool:
            rest = key[1:]
            if backward:
                return (not at or rest <= at) and (not until or rest > until)
            return (not at or rest >= at) and (not until or rest < until)

        rows = self._rows(table)
        keys = sorted((key for key in rows if key[0] == first and _inside(key)), reverse=backward)
        following = keys[limit][1:] if len(keys) > limit else ()
        read = [(key, found) for key in keys[:limit] if (found := only(rows[key], columns)) is not None]
        self.rows_read += len(read)
        return read, following

    async def span(
        self,
        table: Table,
        start: tuple[Any, ...],
        end: tuple[Any, ...],
        *,
        page: int = 500,
        columns: Sequence[str] = (),
    ) -> AsyncIterator[tuple[tuple[Any, ...], Columns]]:
        inside = [(key, row) for key, row in sorted(self._rows(table).items()) if start <= key < end]
        # One request even where there is nothing, and one for each page.
        for at in range(0, len(inside) + 1, page):
            await self._arrive(f"range {table.name}")
            for key, row in inside[at : at + page]:
                if (found := only(row, columns)) is not None:
                    self.rows_read += 1
                    yield key, found

    async def _arrive(self, call: str) -> None:
        await asyncio.sleep(0)
        self.calls.append(call)
        if call.rsplit(maxsplit=1)[-1] in self.missing and not call.startswith("batch"):
            raise StateError("OTSObjectNotExist", "Requested table does not exist.")
        if self.away:
            raise StateError(
                "unreachable", "Tablestore is away", ambiguous=not call.startswith(("get", "range"))
            )

    def _rows(self, table: Table) -> dict[tuple[Any, ...], Columns]:
        return self.tables.setdefault(table.name, {})


#: What changes a card that is there.
_OF_A_CARD = ("/v1.0/card/streaming", "/v1.0/card/instances")


class FakeDingTalk(httpx.AsyncBaseTransport):
    """What one bot's people see: cards by id, and messages; `answers` replaces an API's answer by path."""

    def __init__(self) -> None:
        self.cards: dict[str, dict[str, Any]] = {}
        self.messages: list[str] = []
        #: Forms of pictures and files, as they were sent.
        self.uploads: list[bytes] = []
        self.calls: list[str] = []
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, tuple[int, Any]] = {}
        self.frame_sent = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        upload = path == "/media/upload"
        content = await request.aread()
        body = msgspec.json.decode(content) if content and not upload else {}
        self.calls.append(f"{request.method} {path}")
        self.bodies.append((path, body))
        await asyncio.sleep(0)
        if path in self.answers:
            status, answer = self.answers[path]
            return httpx.Response(status, json=answer)
        if path in _OF_A_CARD and body["outTrackId"] not in self.cards:
            return httpx.Response(
                400, json={"code": "param.cardNotExist", "message": "There is no such card."}
            )
        if upload:
            self.uploads.append(content)
            return httpx.Response(200, json={"errcode": 0, "media_id": f"@lADpicture{len(self.uploads)}"})
        return httpx.Response(200, json=self._carry_out(path, body))

    def _carry_out(  # noqa: PLR0911 - one answer a path
        self, path: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        match path:
            case "/v1.0/oauth2/accessToken":
                return {"accessToken": "token", "expireIn": 7200}
            case "/v1.0/card/instances/createAndDeliver":
                first = body["cardData"]["cardParamMap"]
                finished = first.get("flowStatus") == "3"
                texts = [first["content"]] if finished else []
                self.cards[body["outTrackId"]] = {"texts": texts, "finished": finished, "variables": []}
                return {"success": True, "result": {"deliverResults": [{"success": True}]}}
            case "/v1.0/card/streaming":
                card = self.cards[body["outTrackId"]]
                card["texts"].append(body["content"])
                self.frame_sent.set()
                card["finished"] = card["finished"] or body["isFinalize"] or body["isError"]
                return {"success": True, "result": True}
            case "/v1.0/card/instances":
                variables = body["cardData"]["cardParamMap"]
                card = self.cards[body["outTrackId"]]
                card.setdefault("variables", []).extend(
                    variables[name] for name in ("content",) if name in variables
                )
                return {"success": True, "result": True}
            case "/robot/sendBySession":
                self.messages.append(body["markdown"]["text"])
                return {"errcode": 0, "errmsg": "ok"}
            case _ if path.startswith("/v1.0/robot/"):
                self.messages.append(body["msgParam"])
                return {"processQueryKey": "key"}
            case _:
                return {"success": True, "result": True}


@dataclass
class ScriptedBackend:
    """Yields the given parts; an exception among them is raised, an Event is waited for."""

    parts: list[AnswerPart | Exception | asyncio.Event] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        self.asked.append(ask)
        self.called.set()
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            if isinstance(part, asyncio.Event):
                await part.wait()
            else:
                yield part

    async def stop(self, _ask: Ask, task_id: str) -> None:
        self.stopped.append(task_id)

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """Nothing is learned from it."""

    async def probe(self) -> tuple[Any, ...]:
        return ()


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


def _whole(key: Key) -> tuple[Any, ...]:
    return (key,) if isinstance(key, str) else key
