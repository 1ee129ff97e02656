"""Tables in a file outlive the emulator."""

from __future__ import annotations

import gc
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots

from emulators.faults import FaultBoard
from emulators.serving import PortTakenError
from emulators.tablestore import TablestoreEmulator
from emulators.tablestore.store.sqlite import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from emulators.tests.contract.tablestore.conftest import Client, Clock


@asynccontextmanager
async def running(path: Path | None = None, **options: Any) -> AsyncIterator[TablestoreEmulator]:
    emulator = TablestoreEmulator(
        instance="demo",
        credentials={"local-id": "local-secret"},
        faults=FaultBoard(),
        path=path,
        **options,
    )
    await emulator.start()
    try:
        yield emulator
    finally:
        await emulator.stop()


async def test_a_restart_on_the_same_file_keeps_everything(
    tmp_path: Path, connecting: Any, clock: Clock
) -> None:
    path = tmp_path / "deeper" / "tablestore.sqlite3"
    async with running(path, clock=clock) as emulator:
        client: Client = connecting(url=emulator.url)
        await client.create(key=(("id", "STRING"), ("n", "INTEGER", ots.PK_AUTO_INCR)), max_version=2)
        row = ots.Row([("id", "a"), ("n", ots.PK_AUTO_INCR)], [("c", 1)])
        _, first = await client.put_row("t", row, None, ots.ReturnType.RT_PK)
        described = await client.describe_table("t")

    async with running(path, clock=clock) as emulator:
        client = connecting(url=emulator.url)
        _, found, _ = await client.get_row("t", first.primary_key)
        assert found.attribute_columns == [("c", 1, clock.ms)]
        again = await client.describe_table("t")
        assert again.table_meta.schema_of_primary_key == described.table_meta.schema_of_primary_key
        assert again.table_options.max_version == 2
        _, second = await client.put_row("t", row, None, ots.ReturnType.RT_PK)
        assert second.primary_key[1][1] > first.primary_key[1][1]


async def test_tables_in_memory_are_gone_with_the_emulator(connecting: Any) -> None:
    async with running() as emulator:
        await connecting(url=emulator.url).create()
    async with running() as emulator:
        assert await connecting(url=emulator.url).list_table() == ()


async def test_an_emulator_that_was_killed_loses_nothing(tmp_path: Path, connecting: Any) -> None:
    path = tmp_path / "tablestore.sqlite3"
    async with running(path) as emulator:
        client: Client = connecting(url=emulator.url)
        await client.create()
        await client.put("a", c=1)
        # The first one still has the file open and never closed it.
        async with running(path) as other:
            assert await connecting(url=other.url).get("a") == {"c": 1}


def test_a_file_of_another_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tablestore.sqlite3"
    with closing(sqlite3.connect(path)) as sqlite:
        sqlite.execute("PRAGMA user_version = 99")

    with pytest.raises(RuntimeError, match=r"has layout 99.*Move the file away"):
        TablestoreEmulator(instance="demo", credentials={}, faults=FaultBoard(), path=path)


async def test_a_port_in_use_is_named(emulator: TablestoreEmulator) -> None:
    port = int(emulator.url.rpartition(":")[2])
    other = TablestoreEmulator(instance="demo", credentials={}, faults=FaultBoard())

    with pytest.raises(PortTakenError, match=f"Port {port} is already in use"):
        await other.start(port)
    await other.stop()


async def test_an_inspector_sees_tables_and_their_first_rows(
    emulator: TablestoreEmulator, client: Client, clock: Clock
) -> None:
    await client.create(max_version=2, time_to_live=86400)
    await client.put("expired", c=1)
    clock.now += 86400
    await client.put("b", text="old", blob=bytearray(b"\x00\xff"))
    clock.now += 1
    await client.update("b", put=[("text", "new")])
    await client.put("a", n=1)

    assert emulator.tables() == ["t"]
    assert emulator.rows("t", 10) == [{"id": "a", "n": 1}, {"id": "b", "blob": "0x00ff", "text": "new"}]
    assert emulator.rows("t", limit=1) == [{"id": "a", "n": 1}]
    with pytest.raises(LookupError, match="There is no table 'u'"):
        emulator.rows("u")


def test_a_store_that_is_let_go_leaves_no_file_open() -> None:
    store = Store()
    database = store._sqlite
    del store
    gc.collect()

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        database.execute("SELECT 1")
