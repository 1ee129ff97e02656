"""Everything together, wired as in the cloud: DingTalk, Function Compute, Tablestore, the knowledge server.

The functions are the deployed ones, started from `infra/s.yaml`; only the addresses they are given are local.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from local.backends import backend_here
from local.dingtalk import DingTalkSide, EventSubscription, RobotApp
from local.faults import FaultBoard
from local.function_compute import FunctionComputeHost, fault_kinds
from local.function_compute.async_queue import doubling_delay
from local.knowledge import KnowledgeServer
from local.packages import from_sources, from_zips, python_of
from local.preflight import check_apps, check_secrets
from local.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE, KNOWLEDGE_KEY, ROOT, Settings
from local.tablestore import TablestoreEmulator
from rag_on_dingtalk.bots_file import load_bots
from rag_on_dingtalk.config import AnythingLLM, Bots, check, encode_bots, resolve_secret
from rag_on_dingtalk.state.schema import create_tables
from rag_on_dingtalk.state.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.function_compute.programs import Programs
    from local.tablestore import RequestRecord

CALLBACK = "rag-on-dingtalk-callback"

#: A shell prepared for deploying has these; here they would lead to the cloud, or to names nobody has.
_OF_A_DEPLOYMENT = frozenset(("APP_NAME", "INVOKE_ENDPOINT", "LISTEN_HOST"))

_KEPT_LINES = 2_000
_KEPT_REQUESTS = 20_000


@dataclass(frozen=True)
class LogEntry:
    """One line a function printed."""

    function: str
    instance: str
    line: str


class LocalSystem:
    """The whole system; `start` and `stop` it in one event loop.

    retry_delay: number of an async retry → seconds before it.
    on_log: told every line a function prints.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        retry_delay: Callable[[int], float] = doubling_delay,
        on_log: Callable[[LogEntry], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._retry_delay = retry_delay
        self._on_log = on_log
        self.running = False
        self._open = AsyncExitStack()
        self.faults = FaultBoard()
        # The host that honours them is not built before the others have addresses.
        fault_kinds.declare(self.faults)
        self.bots = load_bots(settings.bots)
        self.environ = _environ(settings)
        check_apps(self.bots)
        check_secrets(self.bots, self.environ)
        self.log: deque[LogEntry] = deque(maxlen=_KEPT_LINES)
        self.tablestore_requests: deque[RequestRecord] = deque(maxlen=_KEPT_REQUESTS)
        self.dingtalk = DingTalkSide(
            robots=[_robot(name, self.bots, self.environ) for name in self.bots.bots],
            faults=self.faults,
            qps=settings.qps,
            monthly_calls=settings.monthly_calls,
        )
        self.knowledge = KnowledgeServer(
            api_key=KNOWLEDGE_KEY,
            faults=self.faults,
            kind=settings.backend_kind,
            app=settings.backend_app,
            piece_delay=settings.piece_delay,
            history=settings.data and settings.data / "knowledge.sqlite",
            environment=settings.environ,
        )
        self.tablestore = TablestoreEmulator(
            instance=INSTANCE,
            credentials={ACCESS_KEY_ID: ACCESS_KEY_SECRET},
            path=settings.data and settings.data / "tablestore.sqlite",
            faults=self.faults,
            on_request=self.tablestore_requests.append,
        )
        self._host: FunctionComputeHost | None = None

    @property
    def functions(self) -> FunctionComputeHost:
        """Function Compute; there once started, because its functions are told the others' addresses."""
        if self._host is None:
            raise RuntimeError("The local system is not running. Await start() first.")
        return self._host

    async def start(self) -> None:
        """Start every part, create the tables and tell DingTalk the callback's address.

        Raises:
            ConfigurationError: bots.yaml or the environment is wrong.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        await self.dingtalk.start()
        self._open.push_async_callback(self.dingtalk.stop)
        await self.tablestore.start()
        self._open.push_async_callback(self.tablestore.stop)
        await self.knowledge.start()
        self._open.push_async_callback(self.knowledge.stop)
        await asyncio.to_thread(
            create_tables,
            TABLES,
            endpoint=self.tablestore.url,
            instance=INSTANCE,
            credentials=(ACCESS_KEY_ID, ACCESS_KEY_SECRET, ""),
        )
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="rag-on-dingtalk-")))
        compiled = folder / "bots.json"
        compiled.write_bytes(encode_bots(self.bots_in_use()))
        self._host = FunctionComputeHost(
            s_yaml=ROOT / "infra" / "s.yaml",
            env={
                **self.environ,
                "BOTS_FILE": str(compiled),
                "DINGTALK_API_URL": self.dingtalk.url,
                "DINGTALK_OAPI_URL": self.dingtalk.url,
                "TABLESTORE_ENDPOINT": self.tablestore.url,
                "TABLESTORE_INSTANCE": INSTANCE,
            },
            credentials={ACCESS_KEY_ID: ACCESS_KEY_SECRET},
            faults=self.faults,
            on_log=self._log_line,
            programs=await asyncio.to_thread(self._programs, folder / "unpacked"),
            retry_delay=self._retry_delay,
        )
        await self._host.start()
        self._open.push_async_callback(self._host.stop)
        callback = self._host.trigger_url(CALLBACK)
        for robot in self.dingtalk.robots:
            self._tell_addresses(robot, callback)
        self.running = True

    def _programs(self, folder: Path) -> Programs:
        if self._settings.zips is None:
            return from_sources(self._settings.library)
        return from_zips(self._settings.zips, folder)

    def _tell_addresses(self, robot: RobotApp, callback: str) -> None:
        """What an engineer types into DingTalk's console after deploying."""
        app = self.bots.bots[robot.name].dingtalk
        secret = f"/{self._secret(app.path_secret)}" if app.path_secret else ""
        robot.callback_url = f"{callback}/robot/{robot.name}{secret}"
        if app.card_callback is not None:
            self.dingtalk.route_clicks(
                app.card_callback.route,
                f"{callback}/cards/{robot.name}{secret}",
                self._secret(app.card_callback.secret),
            )
        if app.events is not None:
            robot.events = EventSubscription(
                url=f"{callback}/events/{robot.name}{secret}",
                token=self._secret(app.events.token),
                aes_key=self._secret(app.events.aes_key),
            )

    def _secret(self, reference: str) -> str:
        return resolve_secret(reference, self.environ).reveal()

    async def stop(self) -> None:
        """End every process and close every port, in the reverse order."""
        self.running = False
        await self._open.aclose()

    def _log_line(self, function: str, instance: str, line: str) -> None:
        entry = LogEntry(function, instance, line)
        self.log.append(entry)
        self._on_log(entry)

    def bots_in_use(self) -> Bots:
        """The bots with the addresses that hold on this machine."""
        settings = self._settings
        here = settings.demo_bots and not settings.backend
        address = self.knowledge.base_url if here else settings.backend
        if not address:
            return self.bots
        kind, app = (settings.backend_kind, settings.backend_app) if here else ("anythingllm", "")
        return check(
            Bots(
                bots={
                    name: msgspec.structs.replace(
                        bot, backend=backend_here(bot.backend, kind=kind, app=app, base_url=address)
                    )
                    if isinstance(bot.backend, AnythingLLM)
                    else bot
                    for name, bot in self.bots.bots.items()
                }
            )
        )


def _environ(settings: Settings) -> dict[str, str]:
    """What `${env(…)}` in s.yaml sees; a fresh machine needs nothing set."""
    invented = {
        "DINGTALK_CLIENT_SECRET": "local-client-secret",
        "DINGTALK_CARD_SECRET": "local-card-secret",
        "DINGTALK_EVENT_TOKEN": "localEventToken",
        "DINGTALK_AES_KEY": "LocalAesKeyForEventsOnThisMachine0123456789",
        "COMMON_LAYER_ARN": "acs:fc:cn-hangzhou:1000000000000001:layers/rag-on-dingtalk/versions/1",
    }
    given = {name: value for name, value in settings.environ.items() if name not in _OF_A_DEPLOYMENT}
    environ = {**invented, **given}
    if settings.zips is not None:
        environ["FC_PYTHON"] = python_of(settings.zips)
    if settings.demo_bots and not settings.backend:
        environ["ANYTHINGLLM_API_KEY"] = KNOWLEDGE_KEY
    return environ


def _robot(name: str, bots: Bots, environ: Mapping[str, str]) -> RobotApp:
    bot = bots.bots[name]
    app = bot.dingtalk
    return RobotApp(
        name=name,
        client_id=app.client_id,
        client_secret=resolve_secret(app.client_secret, environ).reveal(),
        robot_code=app.robot,
        title=bot.title,
        card_templates={app.card.id: app.card.variable} if app.card else {},
    )
