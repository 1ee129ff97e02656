"""Who has left the organisation, and when: what was kept of the person before then counts no more.

No key leads from a person to that person's conversations, whose ids are digests. So the departure is noted,
beside them in `sessions` where one request reads both, and in `counters`, which remembers it for longer than
a request for access can be decided on.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.access.directory import directory_key
from rag_on_dingtalk.storage.rows.changes import Put
from rag_on_dingtalk.storage.tables import COUNTERS, DIRECTORY, SESSIONS

if TYPE_CHECKING:
    from collections.abc import Collection

    from rag_on_dingtalk.storage.rows.changes import Change
    from rag_on_dingtalk.storage.rows.client import Columns, Rows

#: Rows of one BatchWriteRow; the service takes 200.
_MOST = 200


def departure_id(scope: str, user: str) -> str:
    """The row of `sessions` that says when the person left; empty for one without a staff id.

    scope: as for the directory.
    """
    if not user:
        return ""
    return "l" + hashlib.sha256(msgspec.json.encode((scope, user))).hexdigest()[:31]


def departure_key(scope: str, user: str) -> tuple[str, str]:
    """The row of `counters` that says so."""
    return f"left:{scope}", user


class Leavers:
    """Notes departures, and tells of them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def note(self, scopes: Collection[str], users: Collection[str], *, now_ms: int) -> None:
        """Forget profiles, conversations and requests of these people; 200 rows go in one request.

        Raises:
            StateError: Tablestore did not confirm all of it; the same call again does the rest.
        """
        changes = [
            change for scope in scopes for user in users for change in _changes(scope, user, now_ms=now_ms)
        ]
        for first in range(0, len(changes), _MOST):
            if failed := await self._rows.write_all(changes[first : first + _MOST]):
                raise StateError(failed[0].rpartition(" ")[2], "a departure was not noted")

    async def left_ms(self, scope: str, user: str) -> int:
        """When the person last left, within 40 days; 0: not.

        Raises:
            StateError: Tablestore could not be asked.
        """
        row = await self._rows.get(COUNTERS, departure_key(scope, user))
        return left_ms_of(row)


async def read_remembered(rows: Rows, key: str, departure: str) -> tuple[Columns | None, int]:
    """A row of `sessions`, and when its person last left (0: not), in one request.

    departure: `departure_id` of the person; empty: none is known.

    Raises:
        StateError: Tablestore could not be asked.
    """
    if not departure:
        return await rows.get(SESSIONS, key), 0
    row, left = await rows.get_many(SESSIONS, (key, departure))
    return row, left_ms_of(left)


def left_ms_of(row: Columns | None) -> int:
    """What a row of a departure says."""
    return 0 if row is None else int(row.get("left_ms", 0))


def _changes(scope: str, user: str, *, now_ms: int) -> tuple[Change, ...]:
    left: Columns = {"left_ms": now_ms}
    return (
        Put(table=SESSIONS, key=(departure_id(scope, user),), columns=left),
        Put(table=COUNTERS, key=departure_key(scope, user), columns=left),
        Put(table=DIRECTORY, key=(directory_key(scope, user),), columns={"dropped_ms": now_ms}),
    )
