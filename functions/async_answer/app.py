"""Queue → answer. A custom runtime: FC posts each queued question to `/invoke`, many at once."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import uvicorn
from httpx_aiohttp import AiohttpTransport

from rag_on_dingtalk.answering.answer import Answerer
from rag_on_dingtalk.answering.reply import Channels
from rag_on_dingtalk.answering.turn import Invocation, Memory, Servant
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.backends.stream import LIMITS as BACKEND_LIMITS
from rag_on_dingtalk.config import Bot, decode_bots, resolve_secret
from rag_on_dingtalk.dingtalk.cards import Cards
from rag_on_dingtalk.dingtalk.client import OpenApi
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.queue.custom_runtime import Call, CustomRuntime
from rag_on_dingtalk.state.client import Rows
from rag_on_dingtalk.state.sessions import Sessions
from rag_on_dingtalk.state.turns import Turns
from rag_on_dingtalk.telemetry.powertools import powertools_logger

if TYPE_CHECKING:
    from rag_on_dingtalk.model import Question

#: Many answers share an instance and none may wait for a connection; without a number aiohttp stops at 100.
DINGTALK_LIMITS = httpx.Limits(max_connections=1000)

log = powertools_logger("async_answer", os.environ.get("LOG_LEVEL", "INFO"))


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class Service:
    """Everything that lives as long as the event loop."""

    def __init__(self, bots: dict[str, Bot]) -> None:
        self._bots = bots
        self._open = AsyncExitStack()
        self._answerer: Answerer | None = None

    async def start(self) -> None:
        """Build the collaborators; a bot that cannot be built stays silent, the others work."""
        rows = Rows(
            endpoint=os.environ["TABLESTORE_ENDPOINT"],
            instance=os.environ["TABLESTORE_INSTANCE"],
            region=os.environ.get("FC_REGION", ""),
            credentials=_credentials,
        )
        self._open.push_async_callback(rows.close)
        dingtalk = await self._client(DINGTALK_LIMITS)
        backends = await self._client(BACKEND_LIMITS)
        servants = {}
        for name, bot in self._bots.items():
            try:
                servants[name] = _servant(bot, dingtalk, backends)
            except ConfigurationError as error:
                log("bot_closed", level="ERROR", bot=name, error=str(error))
        memory = Memory(turns=Turns(rows), sessions=Sessions(rows))
        self._answerer = Answerer(
            servants=servants,
            memory=memory,
            lease_seconds=float(os.environ.get("LEASE_SECONDS", "30")),
            clock=now_ms,
            log=log,
        )

    async def answer(self, question: Question, call: Call) -> str:
        """Answer one question within the invocation's time."""
        assert self._answerer is not None  # noqa: S101 - FC invokes only after the server has started
        started_ms = int(call.started * 1000)
        invocation = Invocation(
            owner=f"{call.request_id}/{uuid.uuid4().hex}",
            started_ms=started_ms,
            deadline_ms=started_ms + int(call.timeout * 1000),
        )
        return await self._answerer.answer(question, invocation)

    async def stop(self) -> None:
        """Close every connection."""
        await self._open.aclose()

    async def _client(self, limits: httpx.Limits) -> httpx.AsyncClient:
        client = httpx.AsyncClient(transport=AiohttpTransport(limits=limits))
        return await self._open.enter_async_context(client)


def _servant(bot: Bot, dingtalk: httpx.AsyncClient, backends: httpx.AsyncClient) -> Servant:
    app = bot.dingtalk
    api = OpenApi(
        http=dingtalk,
        api_url=os.environ.get("DINGTALK_API_URL", "https://api.dingtalk.com"),
        client_id=app.client_id,
        client_secret=resolve_secret(app.client_secret),
        clock=time.monotonic,
    )
    cards = (
        Cards(api=api, robot_code=app.robot, template=app.card, frame_id=lambda: str(uuid.uuid4()))
        if app.card
        else None
    )
    return Servant(
        bot=bot,
        backend=build_backend(bot.backend, resolve_secret(bot.backend.api_key), backends),
        channels=Channels(http=dingtalk, api=api, cards=cards, robot_code=app.robot, clock=now_ms),
    )


def _credentials() -> tuple[str, str, str]:
    # Read for every request: FC may renew a role's credentials while the instance lives.
    return (
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        os.environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
    )


def main() -> None:
    """Serve until FC ends the process."""
    service = Service(decode_bots(Path(os.environ["BOTS_FILE"]).read_bytes()).bots)
    runtime = CustomRuntime(start=service.start, handle=service.answer, stop=service.stop, log=log)
    uvicorn.run(
        runtime,
        # FC reaches the server through the instance's own network; a laptop must not.
        host=os.environ.get("LISTEN_HOST", "0.0.0.0"),  # noqa: S104
        port=int(os.environ.get("FC_CUSTOM_LISTEN_PORT", "9000")),
        log_level="warning",
        access_log=False,
        # FC keeps the connection; closing it first would cost an invocation.
        timeout_keep_alive=900,
    )


if __name__ == "__main__":
    main()
