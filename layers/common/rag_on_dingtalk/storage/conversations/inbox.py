"""`inbox`: the queue of each conversation, one row per unfinished question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.storage.rows.changes import Delete
from rag_on_dingtalk.storage.rows.conditions import both, missing_or_equal, there_and_equal
from rag_on_dingtalk.storage.tables import INBOX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from rag_on_dingtalk.storage.rows.client import Columns, Key, Rows

#: More than one conversation asks at once; beyond it the order of the newest is not kept.
_LONGEST_QUEUE = 200

_MARKS = ("stop", "followed")
#: Rows of one BatchGetRow.
_MOST_AT_ONCE = 100
#: Rows of the whole inbox that are read at a time.
_PAGE = 500


class QueueEntry(msgspec.Struct, frozen=True):
    """A question in the queue of its conversation.

    lease_until: until when its owner keeps it, in milliseconds since the epoch; after that it holds up no
        other question, and housekeeping looks after it.
    running: it is being answered, as opposed to waiting.
    stop: the person no longer wants the answer.
    followed: a later question waits for it without an invocation, and is to be woken when it is finished.
    """

    asked_ms: int
    turn_id: str
    lease_until: int = 0
    running: bool = False
    stop: bool = False
    followed: bool = False

    @property
    def order(self) -> tuple[int, str]:
        """Earlier questions are answered earlier."""
        return self.asked_ms, self.turn_id


class Inbox:
    """The queues of all conversations."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def put(self, session_id: str, entry: QueueEntry) -> bool:
        """Write the entry, or renew it; False when it has been marked and `entry` does not say so."""
        marks = [missing_or_equal(mark, value=False) for mark in _MARKS if not getattr(entry, mark)]
        unmarked = both(*marks) if len(marks) > 1 else next(iter(marks), None)
        return await self._rows.put(INBOX, _key(session_id, entry), _columns(entry), unmarked)

    async def mark(self, session_id: str, entry: QueueEntry, **marks: bool) -> bool:
        """Mark the entry (`stop`, `followed`); False when it was removed or renewed since it was read."""
        marked = msgspec.structs.replace(entry, **marks)
        unchanged = there_and_equal("lease_until", entry.lease_until)
        return await self._rows.put(INBOX, _key(session_id, entry), _columns(marked), unchanged)

    async def remove(self, session_id: str, entry: QueueEntry) -> bool:
        """Remove the entry of a finished question; tells whether a later question is to be woken."""
        unfollowed = missing_or_equal("followed", value=False)
        if await self._rows.delete(INBOX, _key(session_id, entry), unfollowed):
            return False
        await self._rows.delete(INBOX, _key(session_id, entry))
        return True

    async def marked(self, entries: Sequence[tuple[str, QueueEntry]]) -> list[QueueEntry | None]:
        """These entries of sessions as they stand now, in one request for each hundred; None: it is gone.

        Raises:
            StateError: Tablestore could not be asked.
        """
        found: list[QueueEntry | None] = []
        for first in range(0, len(entries), _MOST_AT_ONCE):
            keys = [_key(session_id, entry) for session_id, entry in entries[first : first + _MOST_AT_ONCE]]
            rows = await self._rows.get_many(INBOX, keys)
            found += [None if row is None else _entry(key, row) for key, row in zip(keys, rows, strict=True)]
        return found

    async def remove_all(self, entries: Sequence[tuple[str, QueueEntry]]) -> list[str]:
        """Remove entries of sessions, in one request for each hundred; returns what was not removed.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        failed: list[str] = []
        for first in range(0, len(entries), _MOST_AT_ONCE):
            some = entries[first : first + _MOST_AT_ONCE]
            failed += await self._rows.write_all([Delete(table=INBOX, key=_key(*one)) for one in some])
        return failed

    async def entries(self, session_id: str) -> list[QueueEntry]:
        """The conversation's queue, the oldest question first."""
        found = await self._rows.range(INBOX, session_id, limit=_LONGEST_QUEUE)
        return [_entry(key, columns) for key, columns in found]

    async def abandoned(self, before_ms: int) -> AsyncIterator[tuple[str, QueueEntry]]:
        """Entries whose lease ended before that, with their session: no invocation came back for them.

        The inbox holds only unfinished questions, so reading all of it is cheap; it is read page by page.
        """
        async for key, columns in self._rows.scan(INBOX, page=_PAGE):
            entry = _entry(key, columns)
            if entry.lease_until < before_ms:
                yield str(key[0]), entry


def _key(session_id: str, entry: QueueEntry) -> tuple[str, int, str]:
    return session_id, entry.asked_ms, entry.turn_id


def _columns(entry: QueueEntry) -> Columns:
    return {
        "lease_until": entry.lease_until,
        "running": entry.running,
        "stop": entry.stop,
        "followed": entry.followed,
    }


def _entry(key: Key, columns: Columns) -> QueueEntry:
    return QueueEntry(
        asked_ms=int(key[1]),
        turn_id=str(key[2]),
        lease_until=int(columns["lease_until"]),
        running=bool(columns["running"]),
        stop=bool(columns["stop"]),
        # Rows of version 0.1 lack it.
        followed=bool(columns.get("followed", False)),
    )
