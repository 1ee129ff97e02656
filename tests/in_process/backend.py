"""A backend that says what a test has written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag_on_dingtalk.backends.base import AnswerPart, Ask


@dataclass
class ScriptedBackend:
    """Yields the given parts; an exception among them is raised, an Event is waited for."""

    parts: list[AnswerPart | Exception | asyncio.Event] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        self.asked.append(ask)
        self.called.set()
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            if isinstance(part, asyncio.Event):
                await part.wait()
            else:
                yield part

    async def stop(self, _ask: Ask, task_id: str) -> None:
        self.stopped.append(task_id)

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """Nothing is learned from it."""

    async def probe(self) -> tuple[Any, ...]:
        return ()
