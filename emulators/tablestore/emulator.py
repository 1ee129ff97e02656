"""The emulator as the rest of the house uses it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from emulators.serving import LOOPBACK
from emulators.tablestore.context import Context
from emulators.tablestore.limits import BODY_SIZE
from emulators.tablestore.server import Server
from emulators.tablestore.service import AWAY, CONFLICT, FAULTS, RequestRecord, Service
from emulators.tablestore.store.sqlite import Store
from emulators.tablestore.store.stored import read_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from emulators.faults import FaultBoard


class TablestoreEmulator:
    """One Tablestore instance on a loopback port, for the unmodified SDK.

    Operations run one at a time inside the event loop that called `start`, so each is atomic. An
    emulator that was stopped is not started again: build a new one on the same path.

    Args:
        instance: the name clients must give.
        credentials: access key secrets by access key id.
        path: the SQLite file to keep tables in; None keeps them in memory.
        faults: the board its faults (`tablestore.…`) are declared on.
        clock: seconds since 1970, for versions and expiry. Signatures always use the real time.
        on_request: told about every request that was read.
    """

    def __init__(
        self,
        *,
        instance: str,
        credentials: Mapping[str, str],
        faults: FaultBoard,
        path: Path | None = None,
        clock: Callable[[], float] = time.time,
        on_request: Callable[[RequestRecord], None] | None = None,
    ) -> None:
        for name, sentence in FAULTS.items():
            faults.declare(name, sentence)
        self._context = Context(Store(path), clock, conflicts=lambda: faults.strikes(CONFLICT))
        service = Service(
            self._context, instance=instance, credentials=credentials, faults=faults, on_request=on_request
        )
        self._server = Server(service.respond, refuses=lambda: faults.strikes(AWAY), max_body=BODY_SIZE)

    @property
    def url(self) -> str:
        """The SDK's `end_point`, without a trailing slash; valid once started."""
        return f"http://{LOOPBACK}:{self._server.port}"

    async def start(self, port: int = 0) -> None:
        """Listen; port 0 lets the system choose. Raises PortTakenError when the port is in use."""
        await self._server.start(port)

    async def stop(self) -> None:
        """Close the port, every connection and the file."""
        await self._server.stop()
        self._context.store.close()

    def tables(self) -> list[str]:
        """The names of all tables, for an inspector."""
        with self._context.store.transaction():
            return self._context.store.table_names()

    def rows(self, table: str, limit: int = 100) -> list[dict[str, Any]]:
        """The first rows of a table in key order, for an inspector.

        Each is key columns first, then the newest value of every attribute column, ready for JSON:
        BINARY values are `0x…` strings. Raises LookupError when there is no such table.
        """
        store = self._context.store
        with store.transaction():
            found = store.table(table)
            if found is None:
                raise LookupError(f"There is no table {table!r}.")
            now_ms = self._context.now_ms()
            shown: list[dict[str, Any]] = []
            for data in store.scan(found, b"", b"\xff", backward=False):
                if len(shown) == limit:
                    break
                key_cells, stored = read_stored(data)
                columns = found.retention.keep(stored, now_ms)
                if columns:
                    newest = {name: next(iter(versions.values())) for name, versions in columns.items()}
                    key = {cell.name: cell.value for cell in key_cells}
                    shown.append({name: _shown(value) for name, value in {**key, **newest}.items()})
            return shown


def _shown(value: object) -> object:
    return f"0x{value.hex()}" if isinstance(value, bytes) else value
