"""Tables and rows in SQLite: one file a restart finds again, or memory.

A row is its sortable key (`keys`) and its PlainBuffer bytes. Nothing here knows what is inside.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emulators.tablestore.store.table import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_VERSION = 1

_SCHEMA = f"""
CREATE TABLE tables (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description BLOB NOT NULL,
    last_auto_increment INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE rows (
    table_id INTEGER NOT NULL,
    key BLOB NOT NULL,
    row BLOB NOT NULL,
    PRIMARY KEY (table_id, key)
);
PRAGMA user_version = {_VERSION};
"""

_FORWARD = "SELECT row FROM rows WHERE table_id = ? AND key >= ? AND key < ? ORDER BY key"
_BACKWARD = "SELECT row FROM rows WHERE table_id = ? AND key <= ? AND key > ? ORDER BY key DESC"


class UnknownStoreError(RuntimeError):
    """Raised when the file was not written by this version of the emulator."""


class Store:
    """What survives. Every access happens inside `transaction()`."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._sqlite = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        # Also when a system is made and never started; Python 3.13 warns of connections that are left open.
        weakref.finalize(self, self._sqlite.close)
        # A crash of this process loses nothing either way; only a power cut could, and a laptop's
        # test data is worth less than a disk flush for each write.
        self._sqlite.execute("PRAGMA synchronous = OFF")
        self._sqlite.execute("PRAGMA journal_mode = WAL")
        version = self._sqlite.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._sqlite.executescript(_SCHEMA)
        elif version != _VERSION:
            self._sqlite.close()
            raise UnknownStoreError(
                f"{path} has layout {version}, this program writes layout {_VERSION}. "
                f"Move the file away to start with empty tables."
            )

    def close(self) -> None:
        """Let go of the file."""
        self._sqlite.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """No other caller reads or writes in between, and all of it is kept or none."""
        with self._lock:
            self._sqlite.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._sqlite.execute("COMMIT")
            except BaseException:
                self._sqlite.execute("ROLLBACK")
                raise

    def table_names(self) -> list[str]:
        """Every table, by name."""
        return [name for (name,) in self._sqlite.execute("SELECT name FROM tables ORDER BY name")]

    def table(self, name: str) -> Table | None:
        """A table, if there is one of that name."""
        found = self._sqlite.execute("SELECT id, description FROM tables WHERE name = ?", (name,)).fetchone()
        return None if found is None else read_table(*found)

    def description(self, table: Table) -> bytes:
        """The table's `DescribeTableResponse`."""
        query = "SELECT description FROM tables WHERE id = ?"
        return bytes(self._sqlite.execute(query, (table.id,)).fetchone()[0])

    def add_table(self, name: str, description: bytes) -> None:
        """Create an empty table."""
        self._sqlite.execute("INSERT INTO tables (name, description) VALUES (?, ?)", (name, description))

    def describe_anew(self, table: Table, description: bytes) -> None:
        """Replace a table's description."""
        self._sqlite.execute("UPDATE tables SET description = ? WHERE id = ?", (description, table.id))

    def drop_table(self, table: Table) -> None:
        """Remove a table with all its rows."""
        self._sqlite.execute("DELETE FROM rows WHERE table_id = ?", (table.id,))
        self._sqlite.execute("DELETE FROM tables WHERE id = ?", (table.id,))

    def next_auto_increment(self, table: Table, at_least: int) -> int:
        """A number greater than every one handed out for this table before."""
        query = "SELECT last_auto_increment FROM tables WHERE id = ?"
        value = max(at_least, int(self._sqlite.execute(query, (table.id,)).fetchone()[0]) + 1)
        self._sqlite.execute("UPDATE tables SET last_auto_increment = ? WHERE id = ?", (value, table.id))
        return value

    def row(self, table: Table, key: bytes) -> bytes | None:
        """The row under this key."""
        query = "SELECT row FROM rows WHERE table_id = ? AND key = ?"
        found = self._sqlite.execute(query, (table.id, key)).fetchone()
        return None if found is None else found[0]

    def put_row(self, table: Table, key: bytes, row: bytes) -> None:
        """Write the row under this key, whatever was there."""
        query = "INSERT OR REPLACE INTO rows (table_id, key, row) VALUES (?, ?, ?)"
        self._sqlite.execute(query, (table.id, key, row))

    def delete_row(self, table: Table, key: bytes) -> None:
        """Remove the row under this key, if there is one."""
        self._sqlite.execute("DELETE FROM rows WHERE table_id = ? AND key = ?", (table.id, key))

    def scan(self, table: Table, start: bytes, end: bytes, *, backward: bool) -> Iterator[bytes]:
        """Rows from `start` up to, not including, `end`, read as they are asked for."""
        query = _BACKWARD if backward else _FORWARD
        for (row,) in self._sqlite.execute(query, (table.id, start, end)):
            yield row
