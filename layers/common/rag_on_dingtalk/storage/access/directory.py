"""`directory`: what DingTalk said of a person, and when it was dropped because something changed.

A row is never deleted: an answer of DingTalk that was on its way when the change was reported would bring
yesterday's rights back. It is stored only while nothing was dropped since it was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.models.access import Profile
from rag_on_dingtalk.storage.rows.conditions import missing_or_below, missing_or_equal
from rag_on_dingtalk.storage.tables import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.storage.rows.client import Columns, Rows

#: Clocks of instances disagree by less; a profile that was fetched sooner after a change counts as before it.
CLOCKS_MS = 5_000
#: Stands for everyone: a department moved, or a role was renamed.
_EVERYONE = "*"
#: Of one request.
_MOST_NAMES = 100


class Stored(msgspec.Struct, frozen=True):
    """What is kept of one person.

    profile: None: nothing that still counts.
    dropped_ms: of the person's own row, for the condition of the next write.
    """

    profile: Profile | None
    dropped_ms: int


class StoredDirectory:
    """Profiles by organisation and staff id."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def read(self, scope: str, user: str) -> Stored:
        """What is kept of a person, in one request.

        scope: the organisation, or the app where that is not known.

        Raises:
            StateError: Tablestore could not be asked.
        """
        keys = [directory_key(scope, one) for one in (user, _EVERYONE)]
        own, everyone = await self._rows.get_many(DIRECTORY, keys)
        own, everyone = own or {}, everyone or {}
        dropped_ms = int(own.get("dropped_ms", 0))
        newest_ms = max(dropped_ms, int(everyone.get("dropped_ms", 0)))
        profile = None
        if "profile" in own and int(own["fetched_ms"]) > newest_ms + CLOCKS_MS * bool(newest_ms):
            profile = msgspec.json.decode(str(own["profile"]), type=Profile)
        return Stored(profile, dropped_ms)

    async def names(self, scope: str, users: Sequence[str]) -> dict[str, str]:
        """The names of those people, 100 at most, whose profiles are kept, in one request; for showing only.

        Raises:
            StateError: Tablestore could not be asked.
        """
        wanted = list(dict.fromkeys(user for user in users if user))[:_MOST_NAMES]
        if not wanted:
            return {}
        rows = await self._rows.get_many(DIRECTORY, [directory_key(scope, user) for user in wanted])
        found = {}
        for user, row in zip(wanted, rows, strict=True):
            if row is not None and "profile" in row:
                found[user] = msgspec.json.decode(str(row["profile"]), type=Profile).name
        return found

    async def keep(self, scope: str, user: str, profile: Profile, before: Stored) -> bool:
        """Keep a profile; False when something was dropped since `before` was read.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        row: Columns = {
            "profile": msgspec.json.encode(profile).decode(),
            "fetched_ms": profile.fetched_ms,
            "dropped_ms": before.dropped_ms,
        }
        return await self._rows.put(
            DIRECTORY, directory_key(scope, user), row, missing_or_equal("dropped_ms", before.dropped_ms)
        )

    async def drop(self, scope: str, user: str, *, now_ms: int) -> None:
        """Forget what is known of a person; what was fetched before now is not stored any more.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        key, row = directory_key(scope, user), {"dropped_ms": now_ms}
        await self._rows.put(DIRECTORY, key, row, missing_or_below("dropped_ms", now_ms))

    async def drop_everyone(self, scope: str, *, now_ms: int) -> None:
        """Forget all departments and roles of the organisation.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        await self.drop(scope, _EVERYONE, now_ms=now_ms)


def directory_key(scope: str, user: str) -> str:
    """Of the person's row."""
    return f"{user}@{scope}"
