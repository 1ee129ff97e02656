"""The answer cache of all bots, as one process reaches it: look, lead or follow, land, drop.

Many ask the same thing at once after an announcement. The first of them leads: it asks the backend, and its
row in `answers` says so. The others follow: they wait for its answer instead of asking. A leader is alive
while its turn has a live lease under the claim that began the flight; the row of a dead one may be taken.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
import msgspec

from rag_on_dingtalk.errors import StateError, UnreadableRowError
from rag_on_dingtalk.knowledge.recent import RecentAnswers
from rag_on_dingtalk.storage.knowledge.kept_answers import AnswerRow, KeptAnswer, StoredAnswers

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.turns.turns import Turns

#: A longer one is not kept: a column of Tablestore has 2 MB, and 200 of them must fit into an instance.
_LONGEST_BODY = 100_000


class Look(msgspec.Struct, frozen=True):
    """What was found under a key.

    row: the row, if there is one. epoch: of the bot's cache at that moment.
    answer: the answer that may be given; leader: the mark of a living flight. Both empty: the key is free.
    """

    row: AnswerRow | None
    epoch: str
    answer: KeptAnswer | None = None
    leader: str = ""


class AnswerCache:
    """For one process.

    grace_ms: how long after its lease a leader still counts as alive, because clocks disagree.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self, stored: StoredAnswers, turns: Turns, *, grace_ms: int, clock: Callable[[], int], log: LogLine
    ) -> None:
        self._stored = stored
        self._turns = turns
        self._grace_ms = grace_ms
        self._clock = clock
        self._log = log
        self._recent = RecentAnswers(clock)
        #: Flights of this process that have not ended, by mark.
        self._flying: dict[str, asyncio.Event] = {}

    async def look(self, bot: str, key: str, *, turn_id: str) -> Look:
        """What there is under the key, for a question of that turn.

        Raises:
            StateError: Tablestore did not answer.
        """
        row, epoch = await self._stored.look(bot, key, whole=not self._recent.knows(key))
        if row is None:
            return Look(None, epoch)
        if row.flying:
            alive = row.turn != turn_id and await self._is_alive(row)
            return Look(row, epoch, leader=row.mark if alive else "")
        if row.epoch != epoch or row.exp_ms <= self._clock():
            return Look(row, epoch)
        answer = row.body or self._recent.get(key, row.mark)
        if answer is None:
            # This process knows an answer that another one has replaced.
            row, epoch = await self._stored.look(bot, key)
            if row is None or row.body is None or row.epoch != epoch:
                return Look(row, epoch)
            answer = row.body
        self._recent.put(key, row.mark, answer)
        return Look(row, epoch, answer)

    async def lead(self, key: str, look: Look, *, turn_id: str, owner: str) -> Flight | None:
        """Begin a flight where the key was free; None when another turn was faster.

        Raises:
            StateError: Tablestore refused.
        """
        row = AnswerRow(owner, turn_id, owner, look.epoch, 0, flying=True)
        try:
            if not await self._stored.fly(key, look.row, row):
                return None
        except StateError as error:
            # In doubt it leads: if it does not, what it lands finds another mark and changes nothing.
            if not error.ambiguous:
                raise
        self._flying[row.mark] = asyncio.Event()
        return Flight(self, key, row)

    async def followed(self, mark: str, seconds: float) -> None:
        """Wait until the flight has ended, as far as this process sees it, but no longer than that."""
        flying = self._flying.get(mark)
        with anyio.move_on_after(seconds):
            await (anyio.sleep_forever() if flying is None else flying.wait())

    def is_here(self, mark: str) -> bool:
        """Whether this process leads the flight, so that its end is told without asking."""
        return mark in self._flying

    async def drop(self, key: str, turn_id: str) -> None:
        """Give the answer of that turn no more, in any process: each asks for the row's mark.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        if await self._stored.drop(key, turn_id):
            self._log("cached_answer_dropped")

    async def clear(self, bot: str, epoch: str) -> None:
        """Give no answer of the bot from before this moment; flights from before it land in vain.

        epoch: unlike any before.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        await self._stored.clear(bot, epoch)

    async def keep(self, key: str, flight: AnswerRow, answer: KeptAnswer, seconds: int) -> None:
        """Put the answer in the place of its flight. Never raises."""
        mark = f"{flight.mark} landed"
        row = msgspec.structs.replace(
            flight, mark=mark, exp_ms=answer.made_ms + seconds * 1000, flying=False, body=answer
        )
        try:
            if await self._stored.land(key, flight, row):
                self._recent.put(key, mark, answer)
        except StateError as error:
            self._log("answer_not_kept", level="WARNING", error=str(error))

    async def abandon(self, key: str, flight: AnswerRow) -> None:
        """There will be no answer of this flight. Never raises."""
        try:
            await self._stored.abandon(key, flight)
        except StateError as error:
            # Its followers find the turn finished, or its lease ended.
            self._log("flight_not_abandoned", level="WARNING", error=str(error))

    def ended(self, flight: AnswerRow) -> None:
        """Tell those who follow here that the flight is over."""
        ended = self._flying.pop(flight.mark, None)
        if ended is not None:
            ended.set()

    async def _is_alive(self, flight: AnswerRow) -> bool:
        if flight.mark in self._flying:
            return True
        try:
            turn = await self._turns.read(flight.turn)
        except UnreadableRowError:
            return False
        if turn is None or turn.lease.finished or turn.lease.owner != flight.owner:
            return False
        return turn.lease.until_ms + self._grace_ms >= self._clock()


class Flight:
    """One turn's right and duty to answer for all who follow it.

    To be ended by `land` or `leave`; the first of them counts.
    """

    def __init__(self, cache: AnswerCache, key: str, row: AnswerRow) -> None:
        self._cache = cache
        self._row = row
        self._over = False
        self.key = key
        #: What will be given to those who follow; None: nothing yet, or nothing that may be given again.
        self.answer: KeptAnswer | None = None

    async def land(self, seconds: int) -> None:
        """The reply is out: keep the answer, or let those who follow ask themselves. Never raises."""
        if self.answer is None or len(msgspec.json.encode(self.answer)) > _LONGEST_BODY:
            await self.leave()
        elif not self._over:
            self._over = True
            await self._cache.keep(self.key, self._row, self.answer, seconds)
            self._cache.ended(self._row)

    async def leave(self) -> None:
        """There will be no answer to share: those who follow ask themselves. Never raises."""
        if not self._over:
            self._over = True
            await self._cache.abandon(self.key, self._row)
            self._cache.ended(self._row)
