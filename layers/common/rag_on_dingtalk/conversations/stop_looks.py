"""Looking whether running answers shall stop: one look for all of an instance's, not one for each."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.conversations.own_entry import OwnEntry
    from rag_on_dingtalk.storage.conversations.inbox import Inbox

#: A person who stops an answer on another instance waits two seconds for that at most.
_EVERY_SECONDS = 1.5


class StopLooks:
    """The running answers of this process; whichever of them wakes first when a look is due looks for all."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._running: dict[OwnEntry, str] = {}
        self._due = 0.0

    @contextmanager
    def looked_for(self, session_id: str, own: OwnEntry) -> Iterator[None]:
        """Within the block the looks are for this entry, too."""
        if not self._running:
            self._due = self._now() + _EVERY_SECONDS
        self._running[own] = session_id
        try:
            yield
        finally:
            del self._running[own]

    @property
    def pause(self) -> float:
        """How long until the next look is due, in seconds."""
        return max(self._due - self._now(), 0.0)

    async def look(self) -> None:
        """Look if it is due, and tell the answers that shall stop.

        Raises:
            StateError: Tablestore could not be asked.
        """
        if self._now() < self._due:
            return
        self._due = self._now() + _EVERY_SECONDS
        running = [(own, session_id) for own, session_id in self._running.items() if own.in_inbox]
        entries = await self._inbox.marked([(session_id, own.entry) for own, session_id in running])
        for (own, _), entry in zip(running, entries, strict=True):
            if entry is not None and entry.stop:
                own.stopped.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
