"""The local system with its console, for as long as somebody wants it."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from local.console import console_app
from local.function_compute.expressions import SYamlError
from local.function_compute.timer import CronError
from local.knowledge.documents import EmptyHandbookError
from local.knowledge.generating import MissingModelError
from local.knowledge.history import HistoryFileError
from local.preflight import check_passed_on
from local.serving import LoopbackServer, PortTakenError
from local.system import CALLBACK, LocalSystem, LogEntry
from local.tablestore.store import UnknownStoreError
from rag_on_dingtalk.errors import BotError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from uvicorn._types import ASGIApplication

    from local.options import FaultOption
    from local.settings import Settings

#: Why a start may fail though nothing is broken: each has a sentence for whoever started it.
STARTING_ERRORS = (
    BotError,
    CronError,
    EmptyHandbookError,
    HistoryFileError,
    MissingModelError,
    PortTakenError,
    SYamlError,
    UnknownStoreError,
)


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    port: int = 0,
    page: bool = True,
    faults: Sequence[FaultOption] = (),
    on_log: Callable[[LogEntry], None] = lambda _: None,
) -> AsyncIterator[tuple[LocalSystem, str]]:
    """Run it; gives the system and the console's address.

    Raises:
        STARTING_ERRORS: it cannot start.
        UnknownFaultError: there is no such fault.
    """
    system = _build(settings, on_log)
    for fault in faults:
        fault.switch_on(system.faults)
    # Starlette and uvicorn each describe ASGI with types of their own.
    server = LoopbackServer(cast("ASGIApplication", console_app(system, page=page)), port=port)
    # First of all: a port that is taken must cost nobody a start.
    await server.start()
    try:
        await system.start()
        check_passed_on(system.bots, system.functions.functions(), callback=CALLBACK)
        yield system, server.url
    finally:
        # Before the console, whose event streams end with DingTalk's side.
        await system.stop()
        await server.stop()


def _build(settings: Settings, on_log: Callable[[LogEntry], None]) -> LocalSystem:
    try:
        if settings.data is not None:
            settings.data.mkdir(parents=True, exist_ok=True)
        return LocalSystem(settings, on_log=on_log)
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(
            f"The data folder {settings.data} cannot be used: {error}. Name another one with --data."
        ) from error
