"""Tasks of housekeeping for the audit: settings that changed, people who ask quite otherwise than before."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from rag_on_dingtalk.observability.audit.baseline import DAYS, busy_askers, unusual
from rag_on_dingtalk.observability.audit.settings_diff import acts_of, fingerprints
from rag_on_dingtalk.observability.days import DAY_MS, HOUR_MS, day_of, hour_of
from rag_on_dingtalk.observability.events import Act

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.audit import Audit
    from rag_on_dingtalk.storage.journal.auditor import Auditor
    from rag_on_dingtalk.storage.journal.questions import Questions
    from rag_on_dingtalk.storage.shared.once import Once

_FUNCTION = "housekeeping"


class SettingsWatch:
    """Records once that a bot's settings differ from those before, and apart what is sensitive of that."""

    def __init__(self, audit: Audit, auditor: Auditor) -> None:
        self._audit = audit
        self._auditor = auditor

    async def __call__(self, name: str, bot: Bot, now_ms: int) -> None:
        """Compare, record, and remember for the next round.

        Raises:
            StateError: Tablestore could not be asked.
        """
        now = fingerprints(bot)
        before = await self._audit.remembered(name, "settings")
        if before == now:
            return
        for act, detail in acts_of(before, now):
            done = Act(act=act, bot=name, who=_FUNCTION, what="bots.yaml", detail=detail, at_ms=now_ms)
            if not await self._auditor.record(done):
                return
        await self._audit.remember(name, "settings", now)


class BehaviourWatch:
    """Records people whose questions of this hour differ from their own of 14 days."""

    def __init__(self, questions: Questions, auditor: Auditor, once: Once) -> None:
        self._questions = questions
        self._auditor = auditor
        self._once = once

    async def __call__(self, name: str, _bot: Bot, now_ms: int) -> None:
        """Look at the hour that runs; 14 days are read only when a person asked much in it.

        Raises:
            StateError: Tablestore could not be asked.
        """
        hour_began = now_ms - now_ms % HOUR_MS
        recent = [event async for event in self._questions.since(name, hour_began)]
        busy = busy_askers(recent)
        if not busy:
            return
        first, last = day_of(now_ms - DAYS * DAY_MS), day_of(now_ms)
        events = [event async for event in self._questions.between(name, first, last) if event.asker in busy]
        for one in unusual(events, hour_of(now_ms)):
            window = f"{one.hour}/{one.what}"
            # Named after the hour: the next round of the same hour tells nothing new.
            if await self._once.first(f"unusual:{name}/{one.asker}", window, by=uuid.uuid4().hex):
                detail = f"{one.what} {one.found:.2f}, usually {one.usual:.2f}: {one.deviations:.0f} MAD"
                act = Act(
                    act="behaviour.unusual",
                    bot=name,
                    who=one.asker,
                    what=one.hour,
                    detail=detail,
                    at_ms=now_ms,
                )
                await self._auditor.record(act)
