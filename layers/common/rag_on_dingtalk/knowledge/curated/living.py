"""The answers that live, as an instance knows them: at most half a minute old, for one small read.

While Tablestore is away the answers known before stay; a bot that knows none asks its backend.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.knowledge.curated.entry import read_entry
from rag_on_dingtalk.knowledge.skills.matching import Ready, ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.knowledge.curated import CuratedRows
    from rag_on_dingtalk.storage.rows.client import Columns

#: Between two looks at the number of changes, while questions come.
LOOK_EVERY_MS = 30_000
#: Of the answers as they are read, so that one that was published while it was away is found at last.
_READ_EVERY_MS = 600_000


class _Known(msgspec.Struct, frozen=True):
    stamp: int
    looked_ms: int
    read_ms: int
    skills: tuple[Ready, ...] = ()


class LivingAnswers:
    """What was read of every bot, in one process.

    clock: milliseconds since the epoch.
    """

    def __init__(self, rows: CuratedRows, *, clock: Callable[[], int], log: LogLine) -> None:
        self._rows = rows
        self._clock = clock
        self._log = log
        self._known: dict[str, _Known] = {}
        self._looking: dict[str, asyncio.Lock] = {}

    async def of(self, bot: str) -> tuple[Ready, ...]:
        """The skills that live now. Never raises."""
        now_ms = self._clock()
        known = self._known.get(bot)
        if known is not None and now_ms - known.looked_ms < LOOK_EVERY_MS:
            return known.skills
        async with self._looking.setdefault(bot, asyncio.Lock()):
            # Another question of this instance may have looked meanwhile.
            latest = self._known.get(bot)
            if latest is known:
                latest = self._known[bot] = await self._look(bot, known, now_ms)
            return latest.skills if latest is not None else ()

    def forget(self, bot: str) -> None:
        """This process has changed the answers: the next question reads them."""
        self._known.pop(bot, None)

    async def _look(self, bot: str, known: _Known | None, now_ms: int) -> _Known:
        try:
            # The number first: what is changed behind it is read again at the next look.
            stamp = await self._rows.stamp(bot)
            if known is not None and stamp == known.stamp and now_ms - known.read_ms < _READ_EVERY_MS:
                return msgspec.structs.replace(known, looked_ms=now_ms)
            found: dict[str, list[tuple[int, Columns]]] = {}
            for id_, number, columns in await self._rows.all(bot):
                found.setdefault(id_, []).append((number, columns))
        except StateError as error:
            self._log("curated_not_read", level="WARNING", bot=bot, error=str(error))
            if known is None:
                return _Known(-1, now_ms, now_ms)
            return msgspec.structs.replace(known, looked_ms=now_ms)
        skills = [skill for id_, rows in found.items() for skill in read_entry(id_, rows).living()]
        return _Known(stamp, now_ms, now_ms, tuple(ready(skill) for skill in skills))
