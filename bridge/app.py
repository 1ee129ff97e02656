"""Every bot in Stream mode with its connection, in one event loop."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import anyio
import httpx

from bridge.handing_over import HandOver
from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.fc_invoke import AsyncInvoker, invoke_endpoint
from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.dingtalk.stream.client import StreamClient
from rag_on_dingtalk.dingtalk.stream.opening import StreamApp
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.net.cookies import no_cookies
from rag_on_dingtalk.webhook.routes import BotRoute
from rag_on_dingtalk.webhook.stream_push import StreamPushes
from rag_on_dingtalk.webhook.submit import JobQueue, WebhookContext, own_queues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anyio.abc import TaskGroup

    from rag_on_dingtalk.dingtalk.stream.timing import Timing
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot_base import BotBase

#: Function Compute answers in some 10 ms: this is far above DingTalk's 20 messages a second.
MOST_THREADS = 32


class Bridge:
    """The whole of it; `run` until `stop`.

    bots: those in Stream mode are served. environ: as the functions have it, and an access key.
    timing: of the connections; None: as it should be.
    """

    def __init__(
        self,
        bots: Mapping[str, BotBase],
        environ: Mapping[str, str],
        *,
        log: LogLine,
        timing: Timing | None = None,
    ) -> None:
        """Read every secret.

        Raises:
            ConfigurationError: no bot is in Stream mode, or a secret or an address is missing.
        """
        self._log = log
        self._timing = timing
        served = {name: bot for name, bot in bots.items() if bot.dingtalk.by_stream}
        if not served:
            raise ConfigurationError(
                "No bot has `dingtalk.mode: stream`, so there is nothing to do here. Set it, compile again."
            )
        function = _needed(environ, "ANSWER_FUNCTION")
        self._invoker = AsyncInvoker(
            endpoint=invoke_endpoint(environ),
            function=function,
            credentials=lambda: Credentials.from_environ(environ),
        )
        self._context = WebhookContext(
            queue=JobQueue(
                enqueue=self._invoker.enqueue,
                own=own_queues(self._invoker.enqueue, function, served),
                log=log,
            ),
            webhook_host=environ.get("DINGTALK_OAPI_URL", "https://oapi.dingtalk.com"),
            clock=time.time,
            random_bytes=os.urandom,
            log=log,
        )
        api_url = environ.get("DINGTALK_API_URL", "https://api.dingtalk.com")
        self._apps: dict[str, tuple[BotRoute, StreamApp]] = {}
        for name, bot in served.items():
            secret = resolve_secret(bot.dingtalk.client_secret, environ)
            route = BotRoute(bot=name, settings=bot, secrets=(secret,))
            self._apps[name] = route, StreamApp(bot.dingtalk.client_id, secret, api_url)
        self.clients: dict[str, StreamClient] = {}
        self.hand_overs: dict[str, HandOver] = {}
        self._stopped = anyio.Event()

    async def run(self) -> None:
        """Serve every bot until `stop`."""
        try:
            async with httpx.AsyncClient(cookies=no_cookies()) as http, anyio.create_task_group() as retrying:
                async with anyio.create_task_group() as serving:
                    self._start(http, retrying, serving)
                # Nothing comes any more. What waits for the queue is tried a last time.
                for hand_over in self.hand_overs.values():
                    hand_over.retries.stop()
        finally:
            self._invoker.close()
        self._log("stopped")

    def _start(self, http: httpx.AsyncClient, retrying: TaskGroup, serving: TaskGroup) -> None:
        threads = anyio.CapacityLimiter(MOST_THREADS)
        for name, (route, app) in self._apps.items():
            hand_over = HandOver(
                StreamPushes(route, self._context),
                threads=threads,
                tasks=retrying,
                http=http,
                log=self._log,
            )
            client = StreamClient(app, handle=hand_over, http=http, log=self._log, timing=self._timing)
            self.hand_overs[name], self.clients[name] = hand_over, client
            if self._stopped.is_set():
                client.stop()
            serving.start_soon(client.run)

    def stop(self) -> None:
        """End: acknowledge what is under way, say good-bye to DingTalk, and let `run` return."""
        self._stopped.set()
        for client in self.clients.values():
            client.stop()

    @property
    def bots(self) -> tuple[str, ...]:
        """Which bots are served."""
        return tuple(self._apps)

    @property
    def ready(self) -> bool:
        """Whether every bot has a connection that is up."""
        return bool(self.clients) and all(client.figures.connected for client in self.clients.values())


def _needed(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise ConfigurationError(f"The environment variable {name} is empty. Set it, e.g. in .env.")
    return environ[name]
