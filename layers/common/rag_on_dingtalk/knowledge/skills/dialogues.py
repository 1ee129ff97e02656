"""The flows of all people, each in one at a time. What is written by an older edition is no flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.knowledge.skills.flow import Flow, FlowReply

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.storage.conversations.flows import FlowKey, FlowRows


class Dialogues:
    """Loads, goes on with and ends them.

    clock: milliseconds since the epoch.
    """

    def __init__(self, rows: FlowRows, *, clock: Callable[[], int]) -> None:
        self._rows = rows
        self._clock = clock

    async def of(self, key: FlowKey) -> tuple[Flow | None, int]:
        """The flow, also one that is over, and its version for `keep`.

        Raises:
            StateError: Tablestore could not be asked.
        """
        written, version = await self._rows.load(key, now_ms=self._clock())
        try:
            return (msgspec.json.decode(written, type=Flow) if written else None), version
        except msgspec.DecodeError:
            return None, version

    async def keep(self, key: FlowKey, flow: Flow, *, version: int, idle_minutes: float) -> bool:
        """Save it; False when another message of the person was quicker.

        idle_minutes: after that long without a message it is over, like the session.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        now_ms = self._clock()
        until_ms = now_ms + int(idle_minutes * 60_000)
        written = msgspec.json.encode(flow).decode()
        return await self._rows.save(key, written, version=version, now_ms=now_ms, until_ms=until_ms)

    async def leave(self, key: FlowKey, *, turn: str) -> bool:
        """End it; False when there is none.

        turn: that leaves it; the same one again is told the same.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        for _ in range(5):
            flow, version = await self.of(key)
            if flow is None or flow.over:
                return flow is not None and turn in flow.taken
            over = flow.after(turn, FlowReply(text="", kind="left"))
            if await self.keep(key, over, version=version, idle_minutes=60.0):
                return True
        return False
