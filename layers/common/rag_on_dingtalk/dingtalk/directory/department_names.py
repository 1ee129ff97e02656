"""What departments are called, for what people read: refusals, requests, /whoami.

A name is worth little waiting: what DingTalk does not tell within two seconds stays an id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import anyio

from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rag_on_dingtalk.observability.log_lines import LogLine

#: Names change rarely, and an instance seldom lives longer.
_KEPT_MS = 3_600_000
#: What was refused is asked again when an administrator may have changed the contact scope.
_REFUSED_MS = 600_000
_SECONDS = 2.0
#: Asked at once; contact calls have a rate limit of their own.
_MOST_AT_ONCE = 12
_REMEMBERED = 1_000


class Source(Protocol):
    """Who knows departments; `dingtalk.directory.people.People`."""

    async def department_name(self, department: int) -> str:
        """What a department is called; raises DingTalkError."""
        ...


class DepartmentNames:
    """Looks names up, and keeps what it found for an hour.

    clock: milliseconds since the epoch.
    """

    def __init__(self, source: Source, *, clock: Callable[[], int], log: LogLine) -> None:
        self._source = source
        self._clock = clock
        self._log = log
        #: The name, empty where it cannot be had, and until when that counts.
        self._known: dict[int, tuple[str, int]] = {}

    async def of(self, departments: Iterable[int]) -> dict[int, str]:
        """The names that can be had, by id. Never raises; the reason is logged."""
        wanted, now_ms = tuple(dict.fromkeys(departments)), self._clock()
        missing = [one for one in wanted if self._known.get(one, ("", 0))[1] <= now_ms][:_MOST_AT_ONCE]
        refused: list[DingTalkError] = []

        async def ask(department: int) -> None:
            try:
                name = await self._source.department_name(department)
            except DingTalkError as error:
                refused.append(error)
                self._keep(department, "", now_ms + _REFUSED_MS)
            else:
                self._keep(department, name, now_ms + _KEPT_MS)

        with anyio.move_on_after(_SECONDS):
            async with anyio.create_task_group() as group:
                for department in missing:
                    group.start_soon(ask, department)
        if refused:
            self._log("departments_not_named", level="WARNING", code=refused[0].code, error=str(refused[0]))
        return {one: name for one in wanted if (name := self._known.get(one, ("", 0))[0])}

    def _keep(self, department: int, name: str, until_ms: int) -> None:
        self._known.pop(department, None)
        self._known[department] = (name, until_ms)
        while len(self._known) > _REMEMBERED:
            self._known.pop(next(iter(self._known)))
