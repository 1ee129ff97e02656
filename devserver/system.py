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

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE, Settings
from devserver.wiring.bridging import BRIDGE, bridge_running, connected, line_of
from devserver.wiring.company import COMPANY_KEY
from devserver.wiring.deployment import compiled_in, programs_in, s_yaml_in
from devserver.wiring.local_bots import LocalBots
from devserver.wiring.services import build_services
from emulators.faults import FaultBoard
from emulators.function_compute import FunctionComputeHost, fault_kinds
from emulators.function_compute.asynchronous.queue import doubling_delay
from rag_on_dingtalk.storage.schema import create_tables
from rag_on_dingtalk.storage.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from emulators.tablestore import RequestRecord
    from rag_on_dingtalk.observability.log_lines import Level
    from rag_on_dingtalk.settings.bot import Bots

CALLBACK = "rag-on-dingtalk-callback"
HOUSEKEEPING = "rag-on-dingtalk-housekeeping"
CONSOLE = "rag-on-dingtalk-console"
ASYNC_ANSWER = "rag-on-dingtalk-async-answer"

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
        self._local_bots = LocalBots(settings)
        self.bots = self._local_bots.bots
        self.environ = self._local_bots.environ
        self.log: deque[LogEntry] = deque(maxlen=_KEPT_LINES)
        self.tablestore_requests: deque[RequestRecord] = deque(maxlen=_KEPT_REQUESTS)
        services = build_services(
            settings, self._local_bots, self.faults, on_request=self.tablestore_requests.append
        )
        self.dingtalk, self.knowledge, self.tablestore = (
            services.dingtalk,
            services.knowledge,
            services.tablestore,
        )
        self.kms, self.moderation, self.company = services.kms, services.moderation, services.company
        self.knowledge = services.knowledge
        self._services = services
        self._host: FunctionComputeHost | None = None
        self._bots_file: Path | None = None

    @property
    def functions(self) -> FunctionComputeHost:
        """Function Compute; there once started, because its functions are told the others' addresses."""
        if self._host is None:
            raise RuntimeError("The local system is not running. Await start() first.")
        return self._host

    @property
    def bots_file(self) -> Path:
        """The compiled bots.yaml with the addresses that hold here; there once started, gone once stopped."""
        if self._bots_file is None:
            raise RuntimeError("The local system is not running. Await start() first.")
        return self._bots_file

    def closing(self, close: Callable[[], Awaitable[None]]) -> None:
        """Call it when the system stops."""
        self._open.push_async_callback(close)

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
        for service in self._services.here(with_dingtalk=self._settings.dingtalk is None):
            await service.start()
            self._open.push_async_callback(service.stop)
        await asyncio.to_thread(
            create_tables,
            TABLES,
            endpoint=self.tablestore.url,
            instance=INSTANCE,
            credentials=(ACCESS_KEY_ID, ACCESS_KEY_SECRET, ""),
        )
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="rag-on-dingtalk-")))
        self._bots_file = compiled = compiled_in(
            folder,
            self._local_bots.compiled(*self._urls),
            bots=self.bots,
            beside=self._settings.bots.parent,
            company_url=self.company.url,
        )
        self._host = FunctionComputeHost(
            s_yaml=s_yaml_in(folder, self.bots),
            env={
                **self.environ,
                "BOTS_FILE": str(compiled),
                "DINGTALK_API_URL": self._dingtalk_urls[0],
                "KMS_ENDPOINT": self.kms.url,
                "DINGTALK_OAPI_URL": self._dingtalk_urls[1],
                **self._console_environ,
                "TABLESTORE_ENDPOINT": self.tablestore.url,
                "TABLESTORE_INSTANCE": INSTANCE,
            },
            credentials={ACCESS_KEY_ID: ACCESS_KEY_SECRET},
            faults=self.faults,
            on_log=self._log_line,
            # So that the books can tell which process sent a frame.
            instance_env=lambda _, instance: {
                **({} if self._settings.dingtalk else {"DINGTALK_API_URL": self.dingtalk.url_of(instance)}),
                "COMPANY_API_KEY": COMPANY_KEY,
                **self._settings.instance_env,
            },
            programs=await asyncio.to_thread(programs_in, folder / "unpacked", self._settings),
            retry_delay=self._retry_delay,
        )
        await self._host.start()
        self._open.push_async_callback(self._host.stop)
        callback = self._host.trigger_url(CALLBACK)
        self._local_bots.tell_addresses(self.dingtalk, callback)
        if self.bots.console is not None and self._settings.dingtalk is None:
            self._local_bots.tell_console(self.dingtalk, self.console_url)
        if self._settings.bridge:
            await self._open.enter_async_context(self.bridged())
            if self._settings.dingtalk is None:
                await connected(self.dingtalk)
        self.running = True

    def bridged(self) -> AbstractAsyncContextManager[None]:
        """The bridge, while something else is done; `start` runs it unless the settings say otherwise."""

        def log(message: str, *, level: Level = "INFO", **fields: str | int) -> None:
            self._log_line(BRIDGE, "bridge", line_of(message, level, fields))

        return bridge_running(self.bots_file, self.bridge_environ, log=log)

    @property
    def bridge_environ(self) -> dict[str, str]:
        """What the bridge's container would have in its environment."""
        api_url, oapi_url = self._dingtalk_urls
        return {
            **self.environ,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
            "ANSWER_FUNCTION": ASYNC_ANSWER,
            "BOTS_FILE": str(self.bots_file),
            "DINGTALK_API_URL": api_url,
            "DINGTALK_OAPI_URL": oapi_url,
            "INVOKE_ENDPOINT": self.functions.api_url,
            "KMS_ENDPOINT": self.kms.url,
        }

    @property
    def _urls(self) -> tuple[str, str, str]:
        return self.knowledge.base_url, self.moderation.url, self.company.url

    @property
    def _dingtalk_urls(self) -> tuple[str, str]:
        return self._settings.dingtalk or (self.dingtalk.url, self.dingtalk.url)

    @property
    def console_url(self) -> str:
        """Where the administrators' console is; empty: there is none."""
        return "" if self.bots.console is None else self.functions.trigger_url(CONSOLE)

    @property
    def _console_environ(self) -> dict[str, str]:
        """The console's addresses; with a DingTalk elsewhere they are the real ones."""
        if self.bots.console is None or self._settings.dingtalk is not None:
            return {}
        return {
            "DINGTALK_LOGIN_URL": self.dingtalk.url,
            "DINGTALK_JSAPI_URL": f"{self.dingtalk.url}/dingtalk.open.js",
        }

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
        return self._local_bots.in_use(*self._urls)

    def backend_of(self, bot: str) -> str:
        """Who answers a bot, as people call it: this machine's server with its version, or a product."""
        return self._local_bots.backend_of(bot, self.knowledge.product)
