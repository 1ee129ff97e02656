"""Real collaborators from the environment, for the functions that answer, give up and tidy.

Each of them still decides when to build, in which event loop, and what to do with it.
"""

from __future__ import annotations

import time
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from httpx_aiohttp import AiohttpTransport

from rag_on_dingtalk.answering.answer import Answerer
from rag_on_dingtalk.answering.breaker import guard
from rag_on_dingtalk.answering.clicks import Clicks
from rag_on_dingtalk.answering.happenings import Happenings
from rag_on_dingtalk.answering.jobs import Jobs
from rag_on_dingtalk.answering.parties import Memory, Servant
from rag_on_dingtalk.answering.reply import Channels
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.backends.stream import LIMITS as BACKEND_LIMITS
from rag_on_dingtalk.config import resolve_secret
from rag_on_dingtalk.dingtalk.cards import Cards
from rag_on_dingtalk.dingtalk.client import OpenApi
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.state.client import Rows
from rag_on_dingtalk.state.feedback import Feedback
from rag_on_dingtalk.state.inbox import Inbox
from rag_on_dingtalk.state.once import Once
from rag_on_dingtalk.state.sessions import Sessions
from rag_on_dingtalk.state.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from rag_on_dingtalk.config import Bot
    from rag_on_dingtalk.telemetry.lines import LogLine

#: Many answers share an instance and none may wait for a connection; without a number aiohttp stops at 100.
DINGTALK_LIMITS = httpx.Limits(max_connections=1000)


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def assemble(bots: Mapping[str, Bot], environ: Mapping[str, str], log: LogLine) -> AsyncIterator[Jobs]:
    """Jobs for the running event loop; a bot that cannot be built stays silent, the others work."""
    rows = Rows(
        endpoint=environ["TABLESTORE_ENDPOINT"],
        instance=environ["TABLESTORE_INSTANCE"],
        region=environ.get("FC_REGION", ""),
        credentials=lambda: _credentials(environ),
    )
    try:
        async with _client(DINGTALK_LIMITS) as dingtalk, _client(BACKEND_LIMITS) as backends:
            servants = {}
            for name, bot in bots.items():
                try:
                    servants[name] = _servant(name, bot, environ, rows, dingtalk, backends, log)
                except ConfigurationError as error:
                    log("bot_closed", level="ERROR", bot=name, error=str(error))
            yield _jobs(servants, rows, float(environ.get("LEASE_SECONDS", "30")), log)
    finally:
        await rows.close()


def _jobs(servants: Mapping[str, Servant], rows: Rows, lease_seconds: float, log: LogLine) -> Jobs:
    memory = Memory(turns=Turns(rows), sessions=Sessions(rows), inbox=Inbox(rows))
    answerer = Answerer(servants=servants, memory=memory, lease_seconds=lease_seconds, clock=now_ms, log=log)
    return Jobs(
        answerer=answerer,
        clicks=Clicks(answerer=answerer, turns=memory.turns, feedback=Feedback(rows), log=log),
        happenings=Happenings(sessions=memory.sessions, once=Once(rows), log=log),
        log=log,
    )


def _client(limits: httpx.Limits) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=AiohttpTransport(limits=limits))


def _servant(
    name: str,
    bot: Bot,
    environ: Mapping[str, str],
    rows: Rows,
    dingtalk: httpx.AsyncClient,
    backends: httpx.AsyncClient,
    log: LogLine,
) -> Servant:
    app = bot.dingtalk
    api = OpenApi(
        http=dingtalk,
        api_url=environ.get("DINGTALK_API_URL", "https://api.dingtalk.com"),
        client_id=app.client_id,
        client_secret=resolve_secret(app.client_secret, environ),
        clock=time.monotonic,
    )
    cards = (
        Cards(
            api=api,
            robot_code=app.robot,
            template=app.card,
            callback_route=app.card_callback.route if app.card_callback else "",
            frame_id=lambda: str(uuid.uuid4()),
        )
        if app.card
        else None
    )
    # Named after the bot: workspaces and apps on one server fail separately.
    backend = guard(
        build_backend(bot.backend, resolve_secret(bot.backend.api_key, environ), backends),
        rows,
        name=name,
        patience=bot.backend.patience,
        clock=now_ms,
        log=log,
    )
    return Servant(
        bot=bot,
        backend=backend,
        channels=Channels(http=dingtalk, api=api, cards=cards, robot_code=app.robot, clock=now_ms),
    )


def _credentials(environ: Mapping[str, str]) -> tuple[str, str, str]:
    # Read for every request: FC may renew a role's credentials while the instance lives.
    return (
        environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
    )
