"""A question that leaves its invocation keeps its position until it is delivered again."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from rag_on_dingtalk.conversations.queue import ConversationQueues
from rag_on_dingtalk.storage.conversations.inbox import Inbox
from tests.builders import a_question
from tests.in_process import MemoryRows

LEASE_MS = 30_000
NOW_MS = 1_767_225_600_000


class SlowRows(MemoryRows):
    """Holds the first write back that comes while `held` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.held: asyncio.Event | None = None
        self.came = asyncio.Event()

    async def put(self, *args: Any, **kwargs: Any) -> bool:
        held, self.held = self.held, None
        if held is not None:
            self.came.set()
            await held.wait()
        return await super().put(*args, **kwargs)


class HandOver:
    """Takes every question."""

    async def later(self, *_: object) -> bool:
        return True

    async def now(self, turn_id: str) -> None:
        del turn_id


async def test_a_renewal_on_its_way_does_not_shorten_what_a_leaving_question_keeps() -> None:
    rows = SlowRows()
    queues = ConversationQueues(
        Inbox(cast("Any", rows)),
        clock=lambda: NOW_MS,
        lease_ms=LEASE_MS,
        hand_over=HandOver(),
        log=lambda *_, **__: None,
    )
    async with queues.ticket("session", a_question()) as ticket:
        await ticket.enter_without_waiting()
        release = rows.held = asyncio.Event()
        renewal = asyncio.create_task(ticket.renew())
        await rows.came.wait()
        leaving = asyncio.create_task(ticket.leave_for(120))
        await asyncio.wait({leaving}, timeout=0)
        release.set()
        assert await leaving
        await renewal
        await ticket.renew()

    (entry,) = await queues.inbox.entries("session")
    assert entry.lease_until == NOW_MS + 120_000 + LEASE_MS
    assert not entry.running
