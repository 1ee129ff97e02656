"""Stage: several messages of one person within a moment become one question, where the bot asks for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rag_on_dingtalk.conversations.bursts import joined
from rag_on_dingtalk.errors import WaitsElsewhereError
from rag_on_dingtalk.storage.turns.outcome import Status

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.pipeline.reply import Reply

#: While the later messages are taken over; each of their turns is one write.
_LEASE_MS = 30_000


async def merge_bursts(context: TurnContext) -> Reply | None:
    """The first message waits a moment without an invocation, then takes the later ones into its question.

    Raises:
        WaitsElsewhereError: the question was queued again and waits without this invocation.
        LostClaimError: another invocation has the turn.
    """
    seconds, question = context.settings.session.merge_seconds, context.question
    if not seconds or context.record.blind or question.repeats:
        return None
    if context.record.outcome.status is not Status.WAITING:
        if await context.ticket.leave_for(max(math.ceil(seconds), 1)):
            raise WaitsElsewhereError(f"The question {question.turn_id} waits for what may follow.")
        return None
    parts = await context.bursts.take_over(
        context.ticket, owner=context.record.owner, lease_ms=_LEASE_MS, within_ms=int(seconds * 1000)
    )
    if parts:
        context.question = joined(question, parts)
        context.record.ask(context.question)
        # Only when the whole question is recorded may the others be called finished.
        await context.record.commit()
        await context.bursts.finish(context.ticket.session_id, parts)
    return None
