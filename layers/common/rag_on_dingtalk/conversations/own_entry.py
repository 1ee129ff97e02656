"""One question's entry in the queue of its conversation, and what is ahead of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.conversations.position import ahead_of
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.conversations.inbox import QueueEntry

if TYPE_CHECKING:
    from rag_on_dingtalk.conversations.queue import ConversationQueues
    from rag_on_dingtalk.models.question import Question


class OwnEntry:
    """The entry of one question, as this invocation wrote it last.

    seen: the queue at the last look. in_inbox: the entry is, or may be, in Tablestore.
    stopped: the person asked to stop.
    """

    def __init__(self, queues: ConversationQueues, session_id: str, question: Question) -> None:
        self._queues = queues
        self._session_id = session_id
        self.entry = QueueEntry(question.asked_ms, question.turn_id)
        self.seen: list[QueueEntry] = []
        self.in_inbox = False
        self.stopped = asyncio.Event()

    @property
    def has_its_turn(self) -> bool:
        """Whether this invocation has written that it is this question's turn, and found no other."""
        return self.in_inbox and self.entry.running

    async def enter(self) -> int:
        """Take a position; returns how many questions are ahead, 0: it is this one's turn."""
        if self._others_here():
            await self.put(running=False)
            return await self.try_again()
        # Most questions are alone in their queue: this and one look are all it takes.
        return await self.step_forward()

    async def try_again(self) -> int:
        """Look once more, and step forward when no question is ahead; returns how many are."""
        return await self.look() or await self.step_forward()

    async def step_forward(self) -> int:
        """Say that it is this question's turn, and see whether another says so; 0: none does.

        Two that step forward at once see each other and both step back. Afterwards only the older one tries
        again, because the younger one finds it ahead before stepping forward.
        """
        try:
            await self.put(running=True)
            ahead = await self.look()
        except StateError:
            # The entry may say that it is running; while it waits and says so, the others wait for it too.
            self.entry = msgspec.structs.replace(self.entry, running=False)
            raise
        if ahead:
            await self.put(running=False)
        return ahead

    async def look(self) -> int:
        """Read the queue; returns how many questions are ahead of this one."""
        queue = self.seen = await self._queues.inbox.entries(self._session_id)
        if any(entry.turn_id == self.entry.turn_id and entry.stop for entry in queue):
            self.stopped.set()
        now_ms = self._queues.clock()
        kept = {entry.turn_id for entry in queue if entry.lease_until >= now_ms}
        # Local questions not yet in Tablestore, or about to take over an expired entry.
        expected = [
            msgspec.structs.replace(entry, lease_until=now_ms, running=False)
            for entry in self._others_here()
            if entry.turn_id not in kept
        ]
        return ahead_of(self.entry, [*queue, *expected], now_ms)

    async def put(self, *, running: bool) -> None:
        """Write the entry with a new lease, and keep the marks that other instances have set on it."""
        lease_until = self._queues.clock() + self._queues.lease_ms
        self.entry = msgspec.structs.replace(
            self.entry, running=running, lease_until=lease_until, stop=self.stopped.is_set()
        )
        self.in_inbox = True
        while not await self._queues.inbox.put(self._session_id, self.entry):
            # Another instance has marked it since the last look.
            queue = await self._queues.inbox.entries(self._session_id)
            found = next((one for one in queue if one.turn_id == self.entry.turn_id), None)
            if found is None:
                continue
            if found.stop:
                self.stopped.set()
            self.entry = msgspec.structs.replace(self.entry, stop=found.stop, followed=found.followed)

    @property
    def is_followed(self) -> bool:
        """Whether the last look saw a later question that waits without an invocation."""
        now_ms = self._queues.clock()
        return self.entry.followed or any(
            one.turn_id != self.entry.turn_id and not one.running and one.lease_until >= now_ms
            for one in self.seen
        )

    def _others_here(self) -> list[QueueEntry]:
        return self._queues.others_here(self._session_id, self.entry.turn_id)
