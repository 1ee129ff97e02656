"""Task of housekeeping: a synthetic question a day to every backend, for the nights when no person asks.

It is an incident when one does not answer, and asked again each round until it does. It leaves no row, no
count and no session: only the backend and the incident know of it.
"""

from __future__ import annotations

import asyncio
import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Ask
from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.observability.incidents.rules import Sign
from rag_on_dingtalk.observability.log_fields import log_fields
from rag_on_dingtalk.pipeline.asking.listen import listen
from rag_on_dingtalk.rendering.draft import Draft

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import FailureKind
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import KnowledgeBase
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.incidents import Incidents
    from rag_on_dingtalk.storage.shared.once import Once
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.operating.incident_board import IncidentBoard

KIND = "heartbeat_fails"
#: For the whole answer. A round of housekeeping has two minutes for everything.
_SECONDS = 30.0


class HeartbeatTask:
    """Asks the backends of every bot that wants it."""

    def __init__(
        self, bots: BotRuntimes, board: IncidentBoard, incidents: Incidents, once: Once, log: LogLine
    ) -> None:
        self._bots = bots
        self._board = board
        self._incidents = incidents
        self._once = once
        self._log = log

    async def __call__(self, name: str, bot: Bot, now_ms: int) -> None:
        """Ask, when it is time or while a backend does not answer.

        Raises:
            BotError: Tablestore could not be asked, or the bot cannot be built; the next round tries again.
        """
        beat = bot.operations.heartbeat
        if beat is None or not await self._is_due(name, beat.hour, now_ms):
            return
        runtime = await self._bots.get(name)
        called = list(bot.all_backends)
        with log_fields(bot=name, heartbeat=1):
            failures = await asyncio.gather(
                *(self._ask(runtime.knowledge(one), beat.question) for one in called)
            )
        failed = [
            f"{one}: {failure.value}"
            for one, failure in zip(called, failures, strict=True)
            if failure is not None
        ]
        self._log("heartbeat", bot=name, asked=len(called), failed=len(failed))
        await self._board.take(name, Sign(KIND, bad=bool(failed), detail=", ".join(failed)))

    async def _is_due(self, name: str, hour: int, now_ms: int) -> bool:
        if datetime.fromtimestamp(now_ms / 1000, BEIJING).hour >= hour and await self._once.first(
            f"heartbeat:{name}", day_of(now_ms), by=uuid.uuid4().hex
        ):
            return True
        incident = (await self._incidents.of_bot(name)).get(KIND)
        return incident is not None and incident.is_open

    async def _ask(self, base: KnowledgeBase, question: str) -> FailureKind | None:
        session = f"heartbeat-{uuid.uuid4()}"

        async def _prepared() -> Ask:
            return Ask(text=question, session_key=session, user="heartbeat", trace_id=session)

        return await listen(
            base.backend,
            _prepared,
            Draft.of(base.settings),
            seconds=_SECONDS,
            on_text=_ignored,
            log=self._log,
        )


def _ignored(_: Draft) -> None:
    """What the answer says is not looked at."""
