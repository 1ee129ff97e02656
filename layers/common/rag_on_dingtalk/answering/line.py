"""Standing in line: questions of one session are answered one at a time, in the order asked.

The line itself is in Tablestore, because questions of one conversation may land on different instances. What
happens within this process is told at once; what happens elsewhere is found by looking again.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.answering.order import ahead_of
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.state.inbox import Inbox, Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.telemetry.lines import LogLine

#: How often the first one waiting in this process looks whether it is its turn.
_LOOK_SECONDS = 1.0
#: How often a running answer looks whether it shall stop. A person waits two seconds for that at most.
_STOP_LOOK_SECONDS = 1.5
#: How often `/stop` tries to mark an answer whose place is renewed at the same moment.
_STOP_LOOKS = 3
#: So many looks in a row must fail before a question stops waiting for the line; fewer as long as it has not
#: seen anybody in it.
_BLIND_LOOKS = 5
_BLIND_ENTRIES = 2
#: After a look that failed.
_LOOK_AGAIN_SECONDS = 0.2


class Lines:
    """The lines of all sessions, as this process sees them.

    clock: milliseconds since the epoch.
    """

    def __init__(self, inbox: Inbox, *, clock: Callable[[], int], lease_seconds: float, log: LogLine) -> None:
        self.inbox = inbox
        self.clock = clock
        self.lease_seconds = lease_seconds
        self.log = log
        self._here: dict[str, list[Standing]] = {}

    @asynccontextmanager
    async def standing(self, session_id: str, question: Question) -> AsyncIterator[Standing]:
        """A question's stand in its session's line, given up at the end whatever happens."""
        standing = Standing(self, session_id, Place(question.asked_ms, question.turn_id))
        self._here.setdefault(session_id, []).append(standing)
        try:
            yield standing
        finally:
            here = self._here[session_id]
            here.remove(standing)
            if not here:
                del self._here[session_id]
            await standing.leave()
            if here:
                min(here, key=lambda other: other.place.order).changed.set()

    def others_here(self, standing: Standing) -> list[Place]:
        """Places of this process in the same line, whether Tablestore shows them yet or not."""
        return [
            other.place
            for other in self._here.get(standing.session_id, [])
            if other.place.turn_id != standing.place.turn_id
        ]

    async def stop(self, session_id: str, *, turn_id: str = "") -> bool:
        """Ask whatever is being answered in the session to stop; False when nothing is.

        turn_id: only this one, whether it is being answered or still waits.

        Raises:
            StateError: Tablestore could not be asked.
        """
        found = False
        for standing in self._here.get(session_id, []):
            if _is_meant(standing.place, turn_id):
                standing.stopped.set()
                standing.changed.set()
                found = True
        # A place that is renewed while it is looked at is looked at again.
        for _ in range(_STOP_LOOKS):
            now_ms = self.clock()
            line = await self.inbox.line(session_id)
            meant = [p for p in line if _is_meant(p, turn_id) and not p.stop and p.lease_until >= now_ms]
            asked = [await self.inbox.ask_to_stop(session_id, place) for place in meant]
            found = found or any(asked)
            if all(asked):
                break
        return found


class Standing:
    """One question in one line.

    stopped: the person asked to stop; changed: something in the line did, within this process.
    """

    def __init__(self, lines: Lines, session_id: str, place: Place) -> None:
        self.lines = lines
        self.session_id = session_id
        self.place = place
        self._in_inbox = False
        self.stopped = asyncio.Event()
        self.changed = asyncio.Event()

    async def wait_for_turn(self, on_wait: Callable[[int], Awaitable[None]], *, until_ms: int) -> bool:
        """Wait until nobody is ahead, or it is stopped; False when that takes until `until_ms`.

        on_wait: told once, when it has to wait, at which place in the line it stands (2 is next).
        """
        ahead, blind = await self._tolerantly(self._enter(), _BLIND_LOOKS - _BLIND_ENTRIES, 1)
        told = False
        while ahead and not self.stopped.is_set():
            if self.lines.clock() >= until_ms:
                return False
            if not (told or blind):
                told = True
                await on_wait(ahead + 1)
            await _either(self.changed, _LOOK_AGAIN_SECONDS if blind else self._patience())
            self.changed.clear()
            ahead, blind = await self._tolerantly(self._try_again(), blind, ahead)
        # It may be its turn without having seen the line; the next renewal says so.
        self.place = msgspec.structs.replace(self.place, running=True)
        return True

    def _patience(self) -> float:
        """Whoever is first in this process looks for the others; they are told when it is their turn."""
        first_here = all(other.order > self.place.order for other in self.lines.others_here(self))
        return _LOOK_SECONDS if first_here else self.lines.lease_seconds / 3

    async def _tolerantly(
        self, looking: Coroutine[None, None, int], blind: int, ahead: int
    ) -> tuple[int, int]:
        """What `looking` found, and how many looks in a row have failed; after too many nobody is ahead."""
        try:
            return await looking, 0
        except StateError as error:
            self.lines.log("line_not_read", level="WARNING", error=str(error))
        # Out of order is better than unanswered.
        return (ahead if blind < _BLIND_LOOKS else 0), blind + 1

    async def _try_again(self) -> int:
        return await self._look() or await self._step_forward()

    async def take_place(self) -> None:
        """Stand in the line without waiting: whoever looks for questions whose owner died finds this one."""
        try:
            await self._put(running=True)
        except StateError as error:
            self.lines.log("place_not_taken", level="WARNING", error=str(error))

    async def renew(self) -> None:
        """Keep the place for another lease.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        if self._in_inbox:
            await self._put(running=self.place.running)

    async def wait_for_stop(self) -> None:
        """Return when the person no longer wants the answer."""
        while not self.stopped.is_set():
            await _either(self.stopped, _STOP_LOOK_SECONDS)
            if not self.stopped.is_set():
                with suppress(StateError):
                    await self._look()

    async def leave(self) -> None:
        """Give the place up; a dead one ends with its lease."""
        if self._in_inbox:
            try:
                await self.lines.inbox.leave(self.session_id, self.place)
            except StateError as error:
                self.lines.log("place_not_left", level="WARNING", error=str(error))

    async def _enter(self) -> int:
        """Take a place; returns how many are ahead, 0: it is our turn."""
        if self.lines.others_here(self):
            await self._put(running=False)
            return await self._try_again()
        # Most questions are alone in their line: this and one look are all it takes.
        return await self._step_forward()

    async def _step_forward(self) -> int:
        """Say that it is our turn, and see whether anybody else says so; 0: nobody does.

        Two that step forward at once see each other and both step back. Afterwards only the one that asked
        first tries again, because everybody else finds somebody ahead before stepping forward.
        """
        try:
            await self._put(running=True)
            ahead = await self._look()
        except StateError:
            # It may stand there as running; who waits and says so makes the others wait for it, too.
            self.place = msgspec.structs.replace(self.place, running=False)
            raise
        if ahead:
            await self._put(running=False)
        return ahead

    async def _look(self) -> int:
        line = await self.lines.inbox.line(self.session_id)
        if any(place.turn_id == self.place.turn_id and place.stop for place in line):
            self.stopped.set()
        now_ms = self.lines.clock()
        kept = {place.turn_id for place in line if place.lease_until >= now_ms}
        # On their way into the line, or about to inherit a dead one's question and its place.
        expected = [
            msgspec.structs.replace(place, lease_until=now_ms, running=False)
            for place in self.lines.others_here(self)
            if place.turn_id not in kept
        ]
        return ahead_of(self.place, [*line, *expected], now_ms)

    async def _put(self, *, running: bool) -> None:
        lease_until = self.lines.clock() + int(self.lines.lease_seconds * 1000)
        self.place = msgspec.structs.replace(
            self.place, running=running, lease_until=lease_until, stop=self.stopped.is_set()
        )
        self._in_inbox = True
        if not await self.lines.inbox.put(self.session_id, self.place):
            # From another instance, since the last look.
            self.stopped.set()
            self.place = msgspec.structs.replace(self.place, stop=True)
            await self.lines.inbox.put(self.session_id, self.place)


def _is_meant(place: Place, turn_id: str) -> bool:
    return place.turn_id == turn_id if turn_id else place.running


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but no longer than that."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
