"""One question in the queue of its conversation: waiting, running, stopped, finished."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING

import anyio
import msgspec

from rag_on_dingtalk.conversations.own_entry import OwnEntry
from rag_on_dingtalk.conversations.position import ahead_of
from rag_on_dingtalk.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from rag_on_dingtalk.conversations.queue import ConversationQueues
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.storage.conversations.inbox import QueueEntry

#: How often the first question that waits in this process looks whether it is its turn.
_LOOK_SECONDS = 1.0
#: A question stops waiting at the 6th failed look in a row; at the 3rd if none ever succeeded.
_FAILED_LOOKS = 5
_FAILED_FIRST_LOOKS = 2
#: A question that waits without an invocation is delivered again even if it is not woken: the next one after
#: this time, those behind it later, as many times this as there are questions ahead, up to a limit.
_AT_LAST_SECONDS, _AT_LAST_MOST = 60, 180
#: The pause after a look that failed.
_LOOK_AGAIN_SECONDS = 0.2


class Position(Enum):
    """What came of waiting.

    ELSEWHERE: the question was queued again; this invocation ends without an answer.
    """

    ITS_TURN = "its turn"
    TOO_LATE = "too late"
    ELSEWHERE = "elsewhere"


class QueueTicket:
    """One question's ticket.

    stopped: the person asked to stop; changed: something in the queue did, within this process.
    """

    def __init__(self, queues: ConversationQueues, session_id: str, question: Question) -> None:
        self.queues = queues
        self.session_id = session_id
        self.own = OwnEntry(queues, session_id, question)
        self._question = question
        self._finished = False
        self._kept = False
        #: Held while the entry is written: a renewal must not shorten what leaving has written.
        self._writing = asyncio.Lock()
        self.stopped = self.own.stopped
        self.changed = asyncio.Event()

    @property
    def entry(self) -> QueueEntry:
        """The question's entry in the queue."""
        return self.own.entry

    async def wait_for_turn(
        self, on_wait: Callable[[int], Awaitable[None]], *, until_ms: int, may_leave: bool = False
    ) -> Position:
        """Wait until no question is ahead, or this one is stopped, or `until_ms` has come.

        on_wait: told once, when the question has to wait, its position in the queue (2 is next).
        may_leave: the question may be queued again, so that it waits without an invocation.
        """
        ahead, failed = 0, 0
        if not self.own.has_its_turn:
            ahead, failed = await self._tolerantly(self.own.enter(), _FAILED_LOOKS - _FAILED_FIRST_LOOKS, 1)
        told = False
        while ahead and not self.stopped.is_set():
            if self.queues.clock() >= until_ms:
                return Position.TOO_LATE
            if not (told or failed):
                told = True
                await on_wait(ahead + 1)
            if may_leave and not failed and await self._leave(ahead):
                return Position.ELSEWHERE
            await _either(self.changed, _LOOK_AGAIN_SECONDS if failed else self._pause())
            self.changed.clear()
            ahead, failed = await self._tolerantly(self.own.try_again(), failed, ahead)
        # It may be its turn although the queue could not be read; the next renewal says so.
        self.own.entry = msgspec.structs.replace(self.entry, running=True)
        return Position.ITS_TURN

    async def is_alone(self) -> bool:
        """Whether no other question of the conversation is unfinished before this one.

        Raises:
            StateError: the queue could not be read.
        """
        return not await self.own.look()

    async def has_its_turn(self) -> bool:
        """Whether no question is ahead; then it is this one's turn, and `wait_for_turn` does not ask again.

        Raises:
            StateError: the queue could not be written or read.
        """
        return self.own.has_its_turn or not await self.own.enter()

    async def stand_in_line(self) -> None:
        """Take a position, so that later questions of the conversation come later.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        if not self.own.in_inbox:
            await self.own.put(running=False)

    async def still_waits(self) -> bool:
        """Of a question that is delivered while it waits: whether it waits on, and will be delivered again.

        Two requests, where a claim and a new look would take seven: its entry and its turn are as they were.
        A question that was woken and is being answered is looked at again afterwards: its owner may die.
        """
        queues = self.queues
        try:
            queue = self.own.seen = await queues.inbox.entries(self.session_id)
        except StateError as error:
            queues.log("queue_not_read", level="WARNING", error=str(error))
            return False
        now_ms = queues.clock()
        entry = next((one for one in queue if one.turn_id == self.entry.turn_id), None)
        if entry is None or entry.stop or entry.lease_until < now_ms:
            return False
        if entry.running:
            return await self._queue_again(_AT_LAST_MOST, waiting=True)
        ahead = ahead_of(entry, queue, now_ms)
        if not ahead:
            return False
        self.own.entry = entry
        return await self._leave(ahead)

    async def _leave(self, ahead: int) -> bool:
        """Let the question that is being answered wake this one; False: wait here.

        The running entry is marked first. If that fails, it was renewed or removed: looking again tells.
        The delivery after a while is for an owner that dies before it wakes this question.
        """
        now_ms = self.queues.clock()
        running = [one for one in self.own.seen if one.running and one.lease_until >= now_ms]
        if self.queues.hand_over is None or len(running) != 1:
            return False
        try:
            if not (
                running[0].followed
                or await self.queues.inbox.mark(self.session_id, running[0], followed=True)
            ):
                return False
            seconds = min(ahead * _AT_LAST_SECONDS, _AT_LAST_MOST)
            return await self._deliver_later(seconds, waiting=True)
        except StateError as error:
            self.queues.log("queue_entry_not_written", level="WARNING", error=str(error))
            return False

    async def leave_for(self, seconds: int) -> bool:
        """Keep a position and let the question be delivered again after that time; False: that failed."""
        if self.queues.hand_over is None:
            return False
        try:
            await self.own.put(running=False)
            return await self._deliver_later(seconds, waiting=False)
        except StateError as error:
            self.queues.log("queue_entry_not_written", level="WARNING", error=str(error))
            return False

    async def _queue_again(self, seconds: int, *, waiting: bool) -> bool:
        hand_over = self.queues.hand_over
        question = msgspec.structs.replace(self._question, waiting=waiting)
        return hand_over is not None and await hand_over.later(question, seconds)

    async def _deliver_later(self, seconds: int, *, waiting: bool) -> bool:
        if not await self._queue_again(seconds, waiting=waiting):
            return False
        async with self._writing:
            kept_ms = self.queues.clock() + seconds * 1000 + self.queues.lease_ms
            self.own.entry = msgspec.structs.replace(self.entry, running=False, lease_until=kept_ms)
            self._kept = await self.queues.inbox.put(self.session_id, self.entry)
        return self._kept

    def _pause(self) -> float:
        """The first waiting question of this process looks often; the others are told when it changes."""
        first_here = all(
            other.order > self.entry.order
            for other in self.queues.others_here(self.session_id, self.entry.turn_id)
        )
        return _LOOK_SECONDS if first_here else self.queues.lease_ms / 3000

    async def _tolerantly(
        self, looking: Coroutine[None, None, int], failed: int, ahead: int
    ) -> tuple[int, int]:
        """What `looking` found, and how many looks in a row have failed; after too many none is ahead."""
        try:
            return await looking, 0
        except StateError as error:
            self.queues.log("queue_not_read", level="WARNING", error=str(error))
        # Out of order is better than unanswered.
        return (ahead if failed < _FAILED_LOOKS else 0), failed + 1

    async def enter_without_waiting(self) -> None:
        """Put the entry into the queue, so that housekeeping finds the question if this invocation dies."""
        try:
            await self.own.put(running=True)
        except StateError as error:
            self.queues.log("queue_entry_not_written", level="WARNING", error=str(error))

    async def renew(self) -> None:
        """Keep the entry for another lease.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        async with self._writing:
            if self.own.in_inbox and not self._kept:
                await self.own.put(running=self.entry.running)

    async def wait_for_stop(self) -> None:
        """Return when the person no longer wants the answer."""
        stops = self.queues.stops
        with stops.looked_for(self.session_id, self.own):
            while not self.stopped.is_set():
                await _either(self.stopped, stops.pause)
                if not self.stopped.is_set():
                    try:
                        await stops.look()
                    except StateError as error:
                        self.queues.log("queue_not_read", level="WARNING", error=str(error))

    def finished(self, *, by_another: bool = False) -> None:
        """The question is finished and recorded so: its entry is removed when the ticket is closed.

        by_another: another invocation finished it, and may have left an entry that this one never wrote.
        """
        self._finished = True
        self.own.in_inbox = self.own.in_inbox or by_another

    async def close(self) -> None:
        """Remove the entry of a finished question; let any other question pass an unfinished one.

        An unfinished question keeps its entry, because housekeeping finds it there.
        """
        if not self.own.in_inbox or self._kept:
            return
        try:
            if self._finished:
                followed = await self.queues.inbox.remove(self.session_id, self.entry)
                if followed or self.own.is_followed:
                    await self.queues.wake_next(self.session_id)
            else:
                expired_ms = self.queues.clock() - 1
                entry = msgspec.structs.replace(self.entry, running=False, lease_until=expired_ms)
                await self.queues.inbox.put(self.session_id, entry)
        except StateError as error:
            self.queues.log("queue_entry_not_closed", level="WARNING", error=str(error))


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but no longer than that."""
    with anyio.move_on_after(seconds):
        await event.wait()
