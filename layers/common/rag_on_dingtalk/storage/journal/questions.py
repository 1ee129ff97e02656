"""`questions` and `stats`: what came of every question, and the counts of every hour and of every arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.observability.days import day_of, days_between, start_of
from rag_on_dingtalk.observability.events import counts_of, question_row, read_question
from rag_on_dingtalk.storage.rows.changes import Update
from rag_on_dingtalk.storage.shared.experiments import arm_updates
from rag_on_dingtalk.storage.tables import QUESTIONS, STATS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from rag_on_dingtalk.observability.events import QuestionEvent
    from rag_on_dingtalk.storage.rows.client import Rows

#: After the last hour of any day.
_END_OF_DAY = "~"
#: Columns that clicks write.
_LABELS = ("feedback", "deeper")


class Questions:
    """Writes and reads both tables."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def remember(self, event: QuestionEvent) -> list[str]:
        """Write the row and count it, in one request; returns what was not written, a table and a code each.

        To be called once a question: its counts are added, whatever was added before.

        Raises:
            StateError: the request failed.
        """
        # An update: what came before it, a click on the answer's card, stays.
        row = {
            name: value
            for name, value in question_row(event).items()
            if name not in _LABELS and (name != "expert" or value)
        }
        return await self._rows.write_all(
            (
                Update(table=QUESTIONS, key=_key(event), columns={**row}),
                Update(table=STATS, key=(event.bot, event.hour), counts=counts_of(event)),
                *arm_updates(event),
            )
        )

    async def rated(self, event: QuestionEvent, *, liked: bool, now_hour: str) -> list[str]:
        """Note what the asker thought of the answer, and count it in the hour it was said; one request.

        event: of which the key is read.

        Raises:
            StateError: the request failed.
        """
        return await self._rows.write_all(
            (
                Update(
                    table=QUESTIONS,
                    key=_key(event),
                    columns={"feedback": "like" if liked else "dislike"},
                ),
                Update(table=STATS, key=(event.bot, now_hour), counts={"liked" if liked else "disliked": 1}),
            )
        )

    async def passed_on(self, event: QuestionEvent, state: str) -> None:
        """Note that the experts were asked, or that one has answered.

        event: of which the key is read. state: `asked` or `answered`.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        await self._rows.update(QUESTIONS, _key(event), put={"expert": state})

    async def wanted_deeper(self, event: QuestionEvent) -> None:
        """Note that the asker wanted a deeper answer; the question that asks for it counts itself.

        event: of which the key is read.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        await self._rows.update(QUESTIONS, _key(event), put={"deeper": 1})

    async def count(self, bot: str, hour: str, **counts: int) -> None:
        """Add to an hour's counts.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        await self._rows.update(STATS, (bot, hour), add=counts)

    async def between(self, bot: str, first: str, last: str) -> AsyncIterator[QuestionEvent]:
        """The questions of these days in the order asked, both days included.

        Raises:
            StateError: Tablestore could not be asked.
        """
        for day in days_between(first, last):
            async for key, row in self._rows.span(QUESTIONS, (f"{bot}/{day}",), (f"{bot}/{day}\0",)):
                try:
                    yield read_question(key, row)
                except msgspec.ValidationError:
                    # A row that has nothing but feedback, or was not written by this library.
                    continue

    async def page(
        self,
        bot: str,
        day: str,
        *,
        before: tuple[str | int, ...] = (),
        limit: int,
        columns: Sequence[str] = (),
    ) -> tuple[list[QuestionEvent], tuple[str | int, ...]]:
        """A day's questions, the newest first, in one request; and where the next ones begin, empty: no more.

        before: what an earlier page returned as that. columns: fields to read; none named: all.

        Raises:
            StateError: Tablestore could not be asked.
        """
        rows, following = await self._rows.part(
            QUESTIONS, f"{bot}/{day}", at=before, limit=limit, backward=True, columns=columns
        )
        found = []
        for key, row in rows:
            try:
                found.append(read_question(key, row))
            except msgspec.ValidationError:
                continue
        return found, following

    async def one(self, bot: str, asked_ms: int, turn_id: str) -> QuestionEvent | None:
        """One question; None: there is no such row.

        Raises:
            StateError: Tablestore could not be asked.
        """
        key = (f"{bot}/{day_of(asked_ms)}", asked_ms, turn_id)
        row = await self._rows.get(QUESTIONS, key)
        return None if row is None else read_question(key, row)

    async def since(self, bot: str, from_ms: int) -> AsyncIterator[QuestionEvent]:
        """The questions of a day from a moment on, in the order asked.

        Raises:
            StateError: Tablestore could not be asked.
        """
        day = f"{bot}/{day_of(from_ms)}"
        async for key, row in self._rows.span(QUESTIONS, (day, from_ms), (f"{day}\0",)):
            try:
                yield read_question(key, row)
            except msgspec.ValidationError:
                continue

    async def hours(
        self, bot: str, first: str, last: str, *, counts: Sequence[str] = ()
    ) -> AsyncIterator[tuple[str, dict[str, int]]]:
        """The counts of every hour of these days that has any.

        counts: names of those to read; none named: all.

        Raises:
            StateError: Tablestore could not be asked.
        """
        start_of(first), start_of(last)
        rows = self._rows.span(STATS, (bot, first), (bot, last + _END_OF_DAY), columns=counts)
        async for key, row in rows:
            yield str(key[1]), {name: value for name, value in row.items() if type(value) is int}


def _key(event: QuestionEvent) -> tuple[str | int, ...]:
    return (f"{event.bot}/{event.day}", event.asked_ms, event.turn_id)
