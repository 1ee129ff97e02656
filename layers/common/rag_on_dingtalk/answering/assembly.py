"""Real collaborators from the environment, for the functions that answer, give up and tidy.

Each of them still decides when to build, in which event loop, and what to do with it.
"""

from __future__ import annotations

import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from httpx_aiohttp import AiohttpTransport

from rag_on_dingtalk.answering.answer import Answerer
from rag_on_dingtalk.answering.breaker import guard
from rag_on_dingtalk.answering.budget import CallBudget
from rag_on_dingtalk.answering.clicks import Clicks
from rag_on_dingtalk.answering.happenings import Happenings
from rag_on_dingtalk.answering.jobs import Jobs
from rag_on_dingtalk.answering.notices import Notices
from rag_on_dingtalk.answering.parties import Memory, Servant
from rag_on_dingtalk.answering.reaching import channels_of, files_of, now_ms
from rag_on_dingtalk.backends.registry import open_backend
from rag_on_dingtalk.config import resolve_secret
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.state.client import Rows
from rag_on_dingtalk.state.counters import CallCounter
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


_LEASE_SECONDS = 30.0
#: Shorter than a few requests to Tablestore, and renewals come too late.
_SHORTEST_LEASE = 0.5


@asynccontextmanager
async def assemble(bots: Mapping[str, Bot], environ: Mapping[str, str], log: LogLine) -> AsyncIterator[Jobs]:
    """Jobs for the running event loop; a bot that cannot be built stays silent, the others work."""
    rows = Rows(
        endpoint=environ["TABLESTORE_ENDPOINT"],
        instance=environ["TABLESTORE_INSTANCE"],
        region=environ.get("FC_REGION", ""),
        credentials=lambda: _credentials(environ),
    )
    me = uuid.uuid4().hex
    try:
        async with AsyncExitStack() as opened:
            transport = AiohttpTransport(limits=DINGTALK_LIMITS)
            http = await opened.enter_async_context(httpx.AsyncClient(transport=transport))
            budgets = _budgets(bots, rows, me, log)
            servants = {}
            for name, bot in bots.items():
                try:
                    channels = channels_of(bot, environ, http, budgets[bot.dingtalk.client_id])
                    api_key = resolve_secret(bot.backend.api_key, environ)
                    backend = await opened.enter_async_context(open_backend(bot.backend, api_key))
                except ConfigurationError as error:
                    log("bot_closed", level="ERROR", bot=name, error=str(error))
                    continue
                # Named after the bot: workspaces and apps on one server fail separately.
                patience = bot.backend.patience
                guarded = guard(backend, rows, name=name, patience=patience, clock=now_ms, log=log)
                files = files_of(bot, environ, http, channels)
                servants[name] = Servant(bot=bot, backend=guarded, channels=channels, files=files)
            yield _jobs(servants, rows, me, _lease_seconds(environ, log), log)
    finally:
        await rows.close()


def _budgets(bots: Mapping[str, Bot], rows: Rows, me: str, log: LogLine) -> dict[str, CallBudget]:
    """By Client ID: bots of one app share what it may spend."""
    apps = {bot.dingtalk.client_id: bot.dingtalk for bot in bots.values()}
    return {
        client_id: CallBudget(
            app.budget, CallCounter(rows, client_id, me=me, clock=now_ms), clock=now_ms, log=log
        )
        for client_id, app in apps.items()
    }


def _jobs(servants: Mapping[str, Servant], rows: Rows, me: str, lease_seconds: float, log: LogLine) -> Jobs:
    memory = Memory(turns=Turns(rows), sessions=Sessions(rows), inbox=Inbox(rows))
    answerer = Answerer(servants=servants, memory=memory, lease_seconds=lease_seconds, clock=now_ms, log=log)
    return Jobs(
        answerer=answerer,
        clicks=Clicks(answerer=answerer, turns=memory.turns, feedback=Feedback(rows), log=log),
        happenings=Happenings(sessions=memory.sessions, once=Once(rows), log=log),
        notices=Notices(servants=servants, once=Once(rows), me=me, log=log),
        log=log,
    )


def _lease_seconds(environ: Mapping[str, str], log: LogLine) -> float:
    value = environ.get("LEASE_SECONDS", "")
    try:
        seconds = float(value or _LEASE_SECONDS)
    except ValueError:
        seconds = 0.0
    if not _SHORTEST_LEASE <= seconds < float("inf"):
        # Whoever asks must not be left without an answer because of it.
        log("lease_seconds_ignored", level="ERROR", value=value, used=f"{_LEASE_SECONDS:g}")
        return _LEASE_SECONDS
    return seconds


def _credentials(environ: Mapping[str, str]) -> tuple[str, str, str]:
    # Read for every request: FC may renew a role's credentials while the instance lives.
    return (
        environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
    )
