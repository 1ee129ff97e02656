"""The queue of a conversation: its questions are answered one at a time, in the order asked.

The queue itself is in Tablestore, because questions of one conversation may land on different instances. A
change within this process is told at once; a change elsewhere is found by looking again.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from rag_on_dingtalk.conversations.stop_looks import StopLooks
from rag_on_dingtalk.conversations.ticket import QueueTicket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.conversations.inbox import Inbox, QueueEntry

#: How often `/stop` tries to mark an answer whose entry is renewed at the same moment.
_STOP_TRIES = 3


class HandOver(Protocol):
    """Queues a question again instead of keeping it waiting in an invocation."""

    async def later(self, question: Question, seconds: int) -> bool:
        """Deliver it again after that time; False when the queue did not take it."""
        ...

    async def now(self, turn_id: str) -> None:
        """Deliver it again at once, if that can be had."""
        ...


class ConversationQueues:
    """The queues of all conversations, as this process sees them.

    clock: milliseconds since the epoch.
    lease_ms: how long an entry counts without being renewed.
    hand_over: queues waiting questions again; None: they wait in their invocations.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        clock: Callable[[], int],
        lease_ms: int,
        hand_over: HandOver | None = None,
        log: LogLine,
    ) -> None:
        self.inbox = inbox
        self.hand_over = hand_over
        self.clock = clock
        self.lease_ms = lease_ms
        self.log = log
        self.stops = StopLooks(inbox)
        self._here: dict[str, list[QueueTicket]] = {}

    @asynccontextmanager
    async def ticket(self, session_id: str, question: Question) -> AsyncIterator[QueueTicket]:
        """The question's ticket. Its entry is removed at the end only if the question is finished."""
        ticket = QueueTicket(self, session_id, question)
        self._here.setdefault(session_id, []).append(ticket)
        try:
            yield ticket
        finally:
            here = self._here[session_id]
            here.remove(ticket)
            if not here:
                del self._here[session_id]
            await ticket.close()
            if here:
                min(here, key=lambda other: other.entry.order).changed.set()

    def others_here(self, session_id: str, turn_id: str) -> list[QueueEntry]:
        """Entries of this process in the queue but this one's, whether Tablestore shows them yet or not."""
        return [other.entry for other in self._here.get(session_id, []) if other.entry.turn_id != turn_id]

    async def stop(self, session_id: str, *, turn_id: str = "") -> bool:
        """Ask the answer that is being given in the session to stop; False when there is none.

        turn_id: only this one, whether it is being answered or still waits.

        Raises:
            StateError: Tablestore could not be asked.
        """
        found = False
        for ticket in self._here.get(session_id, []):
            if _is_meant(ticket.entry, turn_id):
                ticket.stopped.set()
                ticket.changed.set()
                found = True
        # An entry that is renewed between the look and the mark is looked at again.
        for _ in range(_STOP_TRIES):
            now_ms = self.clock()
            queue = await self.inbox.entries(session_id)
            meant = [e for e in queue if _is_meant(e, turn_id) and not e.stop and e.lease_until >= now_ms]
            asked = [await self.inbox.mark(session_id, entry, stop=True) for entry in meant]
            found = found or any(asked)
            await self._wake(entry for entry, marked in zip(meant, asked, strict=True) if marked)
            if all(asked):
                break
        return found

    async def wake_next(self, session_id: str) -> None:
        """Let the oldest question that waits without an invocation begin; it began to wait while one ran.

        Raises:
            StateError: Tablestore could not be asked; the question begins by itself a little later.
        """
        now_ms = self.clock()
        waiting = [one for one in await self.inbox.entries(session_id) if one.lease_until >= now_ms]
        await self._wake(waiting[:1])

    async def _wake(self, entries: Iterable[QueueEntry]) -> None:
        for entry in entries:
            if self.hand_over is not None and not entry.running:
                await self.hand_over.now(entry.turn_id)


def _is_meant(entry: QueueEntry, turn_id: str) -> bool:
    return entry.turn_id == turn_id if turn_id else entry.running
