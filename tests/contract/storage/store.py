"""The emulator with tables in it, for tests of what is kept there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from emulators.faults import FaultBoard
from emulators.tablestore import TablestoreEmulator
from rag_on_dingtalk.storage.schema import create_tables
from rag_on_dingtalk.storage.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from rag_on_dingtalk.storage.tables import Table

INSTANCE = "test"
#: Access key id, secret, no token.
KEY = ("key-id", "key-secret", "")


@asynccontextmanager
async def tablestore(
    faults: FaultBoard | None = None, tables: Sequence[Table] = TABLES
) -> AsyncIterator[str]:
    """Its address, while it runs."""
    emulator = TablestoreEmulator(
        instance=INSTANCE, credentials={KEY[0]: KEY[1]}, faults=faults or FaultBoard()
    )
    await emulator.start()
    try:
        if tables:
            await asyncio.to_thread(
                create_tables, tables, endpoint=emulator.url, instance=INSTANCE, credentials=KEY
            )
        yield emulator.url
    finally:
        await emulator.stop()
