"""Stage: one answer at a time per conversation, in the order asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.conversations.ticket import Position
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.errors import DingTalkError, FailureKind, WaitsElsewhereError
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.storage.turns.outcome import Status

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext

#: A question whose turn comes later than this before the end is not worth asking.
_WORTH_ASKING_MS = 20_000
#: Of many questions that one conversation asks at once, these show their position; a card for each would take
#: the calls of all other people's answers.
_SHOWN_POSITIONS = 6


async def wait_for_turn(context: TurnContext) -> Reply | None:
    """Wait; a question that is stopped meanwhile, or whose turn comes too late, gets a sentence.

    Raises:
        WaitsElsewhereError: the question was queued again and waits without this invocation.
    """
    ticket = context.ticket

    async def _tell_position(position: int) -> None:
        # What comes before it becomes a part of its answer.
        await context.lead_no_more()
        await _show_position(context, position)

    until_ms = context.times.closing_ms - _WORTH_ASKING_MS
    may_leave = not context.record.blind
    position = await ticket.wait_for_turn(_tell_position, until_ms=until_ms, may_leave=may_leave)
    if position is Position.ELSEWHERE:
        raise WaitsElsewhereError(f"The question {context.question.turn_id} waits for an earlier one.")
    if position is Position.TOO_LATE:
        return _unasked(context, FailureKind.QUEUED_TOO_LONG)
    if ticket.stopped.is_set():
        return _unasked(context, FailureKind.STOPPED)
    return None


def _unasked(context: TurnContext, failure: FailureKind) -> Reply:
    return Reply(parts=(context.texts.failure(failure),), failure=failure)


async def _show_position(context: TurnContext, position: int) -> None:
    """Show the position once: every change would cost each waiting question a call."""
    shown_before = context.record.outcome.status is Status.WAITING
    if shown_before or position > _SHOWN_POSITIONS or not await context.card.open():
        return
    context.frames_spent = 1
    note = context.texts.say("waiting", place=str(position))
    try:
        await context.card.show(lambda: note, priority=Priority.NICE)
    except DingTalkError as error:
        context.log("frame_refused", level="WARNING", code=error.code, error=str(error))
