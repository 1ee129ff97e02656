"""Housekeeping: questions whose owners died and for which no retry came are given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.conversations.inbox import Inbox, QueueEntry
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.handlers.question import QuestionHandler
    from rag_on_dingtalk.worker.invocation import Invocation

    _Place = tuple[str, QueueEntry]

#: Places whose turns are read in one request.
_TOGETHER = 100
#: A question needs about this much of a round; what is left is for the next round.
_ONE_QUESTION_MS = 20_000


class CleanupHandler:
    """Looks through the queues of all conversations.

    patience_ms: how long after its lease an entry is left to FC's own retries, which may come that late.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        *,
        questions: QuestionHandler,
        inbox: Inbox,
        turns: Turns,
        patience_ms: int,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._questions = questions
        self._inbox = inbox
        self._turns = turns
        self._patience_ms = patience_ms
        self._clock = clock
        self._log = log

    async def handle(self, invocation: Invocation) -> int:
        """One round; returns how many people were told.

        An entry that fails, for whatever reason, stays in its queue for the next round and does not keep the
        others from being looked at.

        Raises:
            StateError: the queues could not be read; the next round tries again.
        """
        told = 0
        dead: list[_Place] = []
        async for place in self._inbox.abandoned(self._clock() - self._patience_ms):
            dead.append(place)
            if len(dead) == _TOGETHER:
                told += await self._look_through(dead, invocation)
                dead = []
            if self._is_late(invocation):
                break
        told += await self._look_through(dead, invocation)
        if self._is_late(invocation):
            self._log("cleanup_unfinished", level="WARNING")
        return told

    def _is_late(self, invocation: Invocation) -> bool:
        return self._clock() + _ONE_QUESTION_MS > invocation.deadline_ms

    async def _look_through(self, places: list[_Place], invocation: Invocation) -> int:
        """Remove the places of finished questions together, and look after the others one by one."""
        if not places:
            return 0
        leases = await self._turns.leases([entry.turn_id for _, entry in places])
        # A question that never got a row was answered, or failed, while Tablestore was away.
        over = {n for n, lease in enumerate(leases) if lease is None or lease.finished}
        await self._remove([places[n] for n in sorted(over)])
        told = 0
        for number, (session_id, entry) in enumerate(places):
            if number in over:
                continue
            if self._is_late(invocation):
                break
            try:
                told += await self._look_after(session_id, entry, invocation)
            except Exception as error:  # noqa: BLE001 - one broken row must not stop the others
                self._log(
                    "not_told",
                    level="ERROR",
                    turn_id=entry.turn_id,
                    error=f"{type(error).__name__}: {error}",
                )
        return told

    async def _remove(self, places: list[_Place]) -> None:
        try:
            failed = await self._inbox.remove_all(places)
        except StateError as error:
            failed = [str(error)]
        if failed:
            # They are found again by the next round.
            self._log("queue_entry_not_closed", level="WARNING", error="; ".join(failed))

    async def _look_after(self, session_id: str, entry: QueueEntry, invocation: Invocation) -> bool:
        row = await self._turns.read(entry.turn_id)
        if row is None or row.lease.finished:
            # A question that never got a row was answered, or failed, while Tablestore was away.
            await self._inbox.remove(session_id, entry)
            return False
        if row.lease.until_ms >= self._clock():
            # A retry came back for it.
            return False
        result = await self._questions.give_up(row.question, invocation)
        if result == "no_such_bot":
            await self._inbox.remove(session_id, entry)
        return result == "answered"
