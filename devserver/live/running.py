"""The real DingTalk by Stream; functions, queue, Tablestore and, unless you bring yours, knowledge here."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from devserver.command_line.greeting import answers_from
from devserver.ending import end_on_signals, exit_status
from devserver.live.bots import live_bots
from devserver.live.telling import Telling
from devserver.preflight import check_passed_on
from devserver.running import build
from devserver.system import CALLBACK, CONSOLE
from rag_on_dingtalk.doctor import bot as bot_doctor
from rag_on_dingtalk.doctor.dingtalk import token
from rag_on_dingtalk.doctor.web import Web
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.setup.console import pasting

if TYPE_CHECKING:
    from collections.abc import Callable

    from devserver.settings import Settings
    from devserver.system import LocalSystem, LogEntry

_API_URL, _OAPI_URL = "https://api.dingtalk.com", "https://oapi.dingtalk.com"


async def live(settings: Settings, *, verbose: Callable[[LogEntry], None] | None) -> int:
    """Run until Ctrl-C or SIGTERM; the exit status.

    verbose: told every log line, too.

    Raises:
        STARTING_ERRORS: it cannot start; `ConfigurationError` also when DingTalk does not accept the app.
    """
    environ = settings.environ
    change = partial(live_bots, environ=environ, demo=settings.demo_bots)
    # Credentials first: without them nothing is to be started or written.
    change(load_bots(settings.bots))
    ended_by = end_on_signals()
    telling = Telling()

    def on_log(entry: LogEntry) -> None:
        for sentence in telling.about(entry):
            print(sentence, flush=True)
        if verbose is not None:
            verbose(entry)

    urls = (environ.get("DINGTALK_API_URL") or _API_URL, environ.get("DINGTALK_OAPI_URL") or _OAPI_URL)
    # Beside the demo's, so that both can run at once.
    data = settings.data / "live" if settings.data == Path(".local") else settings.data
    system = build(replace(settings, change_bots=change, dingtalk=urls, data=data, bridge=False), on_log)
    try:
        print(_greeting(system, settings), flush=True)
        await system.start()
        check_passed_on(system.bots, system.functions.functions(), callback=CALLBACK, console=CONSOLE)
        await _examine(system)
        async with system.bridged():
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        if not ended_by:
            raise
    finally:
        await system.stop()
    return exit_status(ended_by)


def _greeting(system: LocalSystem, settings: Settings) -> str:
    (named,) = system.bots.bots.items()
    name, bot = named
    # The console of this machine signs people in at the local DingTalk: there is nothing to paste for it.
    bots = msgspec.structs.replace(system.bots, console=None)
    console = "\n".join(f"  {line}" for line in pasting(bots, "", ""))
    return (
        f"Your own DingTalk, and everything else on this machine. Ctrl-C ends it.\n"
        f"  Bot:      {bot.title} ({name}), the app {bot.dingtalk.client_id}\n"
        f"  Answers:  {answers_from(system, settings)}\n"
        f"{console}"
    )


async def _examine(system: LocalSystem) -> None:
    """Print what `doctor` sees of the app and the backend.

    Raises:
        ConfigurationError: DingTalk gives no access token, so no message could be answered.
    """
    ((name, bot),) = system.bots_in_use().bots.items()
    around = bot_doctor.Surroundings(
        environ=system.bridge_environ, url="", people=(), run=uuid.uuid4().hex[:12]
    )
    async with Web() as web:
        async for line in bot_doctor.examine(name, bot, around, web):
            if line.mark != "–":
                print(line, flush=True)
            if line.mark == "✗" and line.subject == token.SUBJECT:
                raise ConfigurationError(
                    "Without an access token nothing can be answered. Correct that first."
                )
