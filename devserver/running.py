"""The local system with its console, until it is told to end."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from devserver.page import console_app
from devserver.preflight import check_passed_on
from devserver.system import CALLBACK, CONSOLE, LocalSystem, LogEntry
from emulators.function_compute.description.expressions import SYamlError
from emulators.function_compute.timers.timer import CronError
from emulators.kms.secrets_file import SecretsFileError
from emulators.rag_server.answering.generating import MissingModelError
from emulators.rag_server.answering.history import HistoryFileError
from emulators.rag_server.retrieval.documents import EmptyHandbookError
from emulators.serving import LoopbackServer, PortTakenError
from emulators.tablestore.store.sqlite import UnknownStoreError
from rag_on_dingtalk.errors import BotError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from uvicorn._types import ASGIApplication

    from devserver.command_line.options import FaultOption
    from devserver.settings import Settings

#: Why a start may fail though nothing is broken: each has a sentence for the person at the terminal.
STARTING_ERRORS = (
    BotError,
    CronError,
    EmptyHandbookError,
    HistoryFileError,
    MissingModelError,
    PortTakenError,
    SYamlError,
    SecretsFileError,
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
    system = build(settings, on_log)
    for fault in faults:
        fault.switch_on(system.faults)
    # Starlette and uvicorn each describe ASGI with types of their own.
    server = LoopbackServer(cast("ASGIApplication", console_app(system, page=page)), port=port)
    # First of all: a port that is taken must not cost a whole start.
    await server.start()
    try:
        await system.start()
        check_passed_on(system.bots, system.functions.functions(), callback=CALLBACK, console=CONSOLE)
        yield system, server.url
    finally:
        # Before the console, whose event streams end with DingTalk's side.
        await system.stop()
        await server.stop()


def build(settings: Settings, on_log: Callable[[LogEntry], None]) -> LocalSystem:
    """The system before its start; its data folder is there.

    Raises:
        STARTING_ERRORS: it cannot be used.
    """
    try:
        if settings.data is not None:
            settings.data.mkdir(parents=True, exist_ok=True)
        return LocalSystem(settings, on_log=on_log)
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(
            f"The data folder {settings.data} cannot be used: {error}. Name another one with --data."
        ) from error
