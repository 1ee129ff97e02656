"""A person's profile: from the table while it is young, else from DingTalk, else none: least rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import anyio

from rag_on_dingtalk.errors import DingTalkError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.models.access import Profile
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.access.directory import Stored, StoredDirectory

#: For both calls with their repetitions; a question waits no longer for its asker's rights.
_SECONDS = 5.0


class Source(Protocol):
    """Who knows people; `dingtalk.directory.people.People`."""

    async def profile_of(self, staff_id: str, *, now_ms: int) -> Profile:
        """The person's departments and roles; raises DingTalkError."""
        ...


class Profiles:
    """Looks profiles up.

    clock: milliseconds since the epoch.
    """

    def __init__(self, stored: StoredDirectory, *, clock: Callable[[], int], log: LogLine) -> None:
        self._stored = stored
        self._clock = clock
        self._log = log

    async def of(self, user: str, source: Source | None, *, scope: str, hours: float) -> Profile | None:
        """The person's profile. Never raises.

        A profile that is too old, or was dropped by an event, is not used, whatever else can be had: None
        stands for "not known", and the policy then gives the least rights.

        source: None: DingTalk cannot be asked.
        """
        now_ms = self._clock()
        try:
            kept: Stored | None = await self._stored.read(scope, user)
        except StateError as error:
            self._log("profile_not_read", level="WARNING", error=str(error))
            kept = None
        if kept is not None and kept.profile is not None:
            age_ms = now_ms - kept.profile.fetched_ms
            if age_ms < hours * 3_600_000:
                return kept.profile
        profile = None if source is None else await self._fetch(user, source, now_ms)
        if profile is not None and kept is not None:
            await self._keep(scope, user, profile, kept)
        return profile

    async def fresh(self, user: str, source: Source | None) -> Profile | None:
        """What DingTalk says now, past what is kept; None: it cannot be asked. Never raises."""
        return None if source is None else await self._fetch(user, source, self._clock())

    async def _fetch(self, user: str, source: Source, now_ms: int) -> Profile | None:
        try:
            with anyio.fail_after(_SECONDS):
                return await source.profile_of(user, now_ms=now_ms)
        except (DingTalkError, TimeoutError) as error:
            code = error.code if isinstance(error, DingTalkError) else "timeout"
            self._log("directory_not_asked", level="ERROR", code=code, error=str(error))
            return None

    async def _keep(self, scope: str, user: str, profile: Profile, before: Stored) -> None:
        try:
            await self._stored.keep(scope, user, profile, before)
        except StateError as error:
            self._log("profile_not_kept", level="WARNING", error=str(error))
