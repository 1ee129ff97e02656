"""Stage: how many answers are given at the same time, and no department's take the others' places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from rag_on_dingtalk.access.limits import sentences
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.errors import DingTalkError, FailureKind, WaitsElsewhereError
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.storage.turns.outcome import Status

if TYPE_CHECKING:
    from rag_on_dingtalk.access.limits.meters import Meter
    from rag_on_dingtalk.pipeline.context import TurnContext

#: A question without a place waits no longer than this after it was asked, in milliseconds.
_LONGEST_MS = 120_000
#: Between two looks, in seconds: a part of how long it waits already, within these.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 2, 15
_PART_OF_WAITING = 4
#: Room before the invocation's end that a question which waits in it leaves.
_WORTH_ASKING_MS = 20_000


async def bulkhead(context: TurnContext) -> Reply | None:
    """Take a place for the answer; without one the question is delivered again a little later.

    Raises:
        WaitsElsewhereError: the question was queued again and waits without this invocation.
    """
    if context.limits is None:
        return None
    context.places = places = await context.limits.places()
    until_ms = context.times.ends_ms
    while (full := await places.enter(until_ms=until_ms)) is not None:
        waited_ms = context.clock() - context.question.asked_ms
        left_ms = context.times.closing_ms - context.clock() - _WORTH_ASKING_MS
        if waited_ms >= _LONGEST_MS or left_ms <= 0:
            said = sentences.no_place(full.limit, context.texts)
            return Reply(parts=(said,), failure=FailureKind.LIMITED)
        if context.ticket.stopped.is_set():
            return Reply(parts=(context.texts.failure(FailureKind.STOPPED),), failure=FailureKind.STOPPED)
        await context.lead_no_more()
        await _tell(context, full)
        pause = pause_after(waited_ms)
        if not context.record.blind and await context.ticket.leave_for(pause):
            context.log("waits_for_a_place", scope=full.limit.scope)
            raise WaitsElsewhereError(f"The question {context.question.turn_id} waits for a place.")
        await anyio.sleep(pause)
    return None


def pause_after(waited_ms: int) -> int:
    """How many seconds pass before the next look.

    >>> pause_after(0), pause_after(40_000), pause_after(100_000)
    (2, 10, 15)
    """
    return min(max(waited_ms // 1000 // _PART_OF_WAITING, _SHORTEST_PAUSE), _LONGEST_PAUSE)


async def _tell(context: TurnContext, full: Meter) -> None:
    """Say once that the question waits."""
    shown_before = context.record.outcome.status is Status.WAITING or context.frames_spent
    if shown_before or not await context.card.open():
        return
    context.frames_spent = 1
    note = sentences.waits(full, context.texts)
    try:
        await context.card.show(lambda: note, priority=Priority.NICE)
    except DingTalkError as error:
        context.log("frame_refused", level="WARNING", code=error.code, error=str(error))
