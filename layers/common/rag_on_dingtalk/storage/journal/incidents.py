"""`incidents`: one row a bot and kind of trouble, changed by compare and swap."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.observability.incidents.life import Action, Incident
from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.storage.rows.client import Columns, Rows

    #: From an incident to what it is next, and what the caller is to do.
    Step = Callable[[Incident], tuple[Incident, Action]]

_ATTEMPTS = 12
_PAUSE_SECONDS = (0.01, 0.12)


class Incidents:
    """Reads and changes incidents."""

    def __init__(self, rows: Rows, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._rows = rows
        self._sleep = sleep

    async def change(self, bot: str, kind: str, step: Step) -> tuple[Incident, Incident, Action]:
        """Take the step; returns the incident before and after it, and what this caller is to do.

        An answer that was lost may mean that the step was taken and its action is not carried out: the next
        bad sign makes good for that.

        Raises:
            StateError: Tablestore could not be asked, or too many changed the row at once.
        """
        for _ in range(_ATTEMPTS):
            row = await self._rows.get(INCIDENTS, (bot, kind))
            before, version = _read(row)
            after, action = step(before)
            if after == before:
                return before, after, action
            written = await self._rows.put(
                INCIDENTS, (bot, kind), _columns(after, version + 1), missing_or_equal("version", version)
            )
            if written:
                return before, after, action
            await self._sleep(random.uniform(*_PAUSE_SECONDS))  # noqa: S311 - jitter
        raise StateError("contended", "too many changed the incident at once")

    async def of_bot(self, bot: str) -> dict[str, Incident]:
        """All of a bot's, by kind, those that are over included.

        Raises:
            StateError: Tablestore could not be asked.
        """
        found = await self._rows.range(INCIDENTS, bot, limit=100)
        return {str(key[1]): _read(row)[0] for key, row in found}


def _read(row: Columns | None) -> tuple[Incident, int]:
    if row is None:
        return Incident(), 0
    return msgspec.convert(row, Incident, strict=False), int(row["version"])


def _columns(incident: Incident, version: int) -> Columns:
    return {**msgspec.to_builtins(incident), "version": version}
