"""`audit`: what administrators did and what was refused. Rows are put once and never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import msgspec

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.observability.audit.chain import Head, Record, check, sealed
from rag_on_dingtalk.observability.days import day_of, days_between
from rag_on_dingtalk.storage.rows.changes import Put
from rag_on_dingtalk.storage.rows.conditions import missing_or_below
from rag_on_dingtalk.storage.tables import AUDIT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.observability.audit.chain import Finding
    from rag_on_dingtalk.observability.events import Act
    from rag_on_dingtalk.storage.rows.client import Rows

#: Of processes that want the same number; each failed one has seen another succeed.
_ATTEMPTS = 20


class Audit:
    """Appends records and reads them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        #: The last record of each bot that this process wrote: most often the last one of all.
        self._own: dict[str, Head] = {}
        self._appending: dict[str, anyio.Lock] = {}

    async def append(self, act: Act, *, id_: str) -> Record:
        """Write the act behind the last one of its bot and day.

        id_: unique; an answer that was lost is told by it.

        Raises:
            StateError: it is not written, or `ambiguous`; or too many write at once.
        """
        # Those of one process come one after another: each would take the number of all others, and lose it.
        async with self._appending.setdefault(act.bot, anyio.Lock()):
            return await self._append(act, id_)

    async def _append(self, act: Act, id_: str) -> Record:
        for _ in range(_ATTEMPTS):
            own, day = self._own.pop(act.bot, None), day_of(act.at_ms)
            after = own if own is not None and own.day == day else await self._last(act.bot, day)
            record = sealed(act, id_=id_, after=after)
            place = (f"{record.bot}/{record.day}", record.number)
            try:
                written = await self._rows.put_new(Put(table=AUDIT, key=place, columns={**record.columns}))
            except StateError as error:
                if not error.ambiguous:
                    raise
                there = await self._rows.get(AUDIT, place)
                if there is None:
                    raise
                written = there.get("id") == id_
            if written:
                self._own[act.bot] = Head(record.day, record.number, record.hash)
                await self._move_head(record)
                return record
        raise StateError("contended", "too many acts were recorded at once")

    async def between(self, bot: str, first: str, last: str) -> AsyncIterator[Record]:
        """The records of these days in order, both days included.

        Raises:
            StateError: Tablestore could not be asked.
        """
        for day in days_between(first, last):
            async for (_, number), row in self._rows.span(AUDIT, (f"{bot}/{day}",), (f"{bot}/{day}\0",)):
                columns = {name: value for name, value in row.items() if isinstance(value, str | int)}
                yield Record(bot, day, int(number), columns)

    async def since(self, bot: str, head: Head, last: str) -> AsyncIterator[Record]:
        """The records behind `head`, in order, until the end of the day `last`.

        Raises:
            StateError: Tablestore could not be asked.
        """
        for day in days_between(head.day, last):
            first = head.number + 1 if day == head.day else 1
            span = self._rows.span(AUDIT, (f"{bot}/{day}", first), (f"{bot}/{day}\0",))
            async for (_, number), row in span:
                columns = {name: value for name, value in row.items() if isinstance(value, str | int)}
                yield Record(bot, day, int(number), columns)

    async def verify(self, bot: str, first: str, last: str) -> tuple[int, list[Finding]]:
        """How many records these days have, and what is missing or changed among them.

        Raises:
            StateError: Tablestore could not be asked.
        """
        # The head first: a record that is appended meanwhile is then behind it.
        head = await self.head(bot)
        records = [record async for record in self.between(bot, first, last)]
        return len(records), list(check(records, head if head.day and first <= head.day <= last else Head()))

    async def remembered(self, bot: str, what: str) -> dict[str, str]:
        """A note of the auditor's own beside the records; empty when there is none.

        Raises:
            StateError: Tablestore could not be asked.
        """
        row = await self._rows.get(AUDIT, (f"{bot}/{what}", 0))
        return {} if row is None else msgspec.json.decode(str(row["note"]), type=dict[str, str])

    async def remember(self, bot: str, what: str, note: dict[str, str]) -> None:
        """Replace the note.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        await self._rows.put(AUDIT, (f"{bot}/{what}", 0), {"note": msgspec.json.encode(note).decode()})

    async def _last(self, bot: str, day: str) -> Head:
        found = await self._rows.last(AUDIT, f"{bot}/{day}")
        if found is None:
            return await self.head(bot)
        (_, number), row = found
        return Head(day, int(number), str(row["hash"]))

    async def head(self, bot: str) -> Head:
        """The last record of a bot, as it is kept.

        Raises:
            StateError: Tablestore could not be asked.
        """
        row = await self._rows.get(AUDIT, (f"{bot}/head", 0))
        return Head() if row is None else Head(str(row["day"]), int(row["number_"]), str(row["hash"]))

    async def _move_head(self, record: Record) -> None:
        head = Head(record.day, record.number, record.hash)
        columns: dict[str, str | int | bool | float] = {
            "day": head.day,
            "number_": head.number,
            "hash": head.hash,
            "serial": head.serial,
        }
        # Another record may have come behind this one already.
        await self._rows.put(
            AUDIT, (f"{record.bot}/head", 0), columns, missing_or_below("serial", head.serial)
        )
