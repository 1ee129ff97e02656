"""Leaving a skill that asks back, for the commands that end something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.conversations.flows import flow_id_of

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext


async def leave_flow(context: TurnContext) -> bool:
    """Whether the person was in one.

    Raises:
        StateError: it could not be recorded, so the person still is.
    """
    if context.skills is None or not context.settings.skills.files:
        return False
    question = context.question
    return await context.skills.dialogues.leave(flow_id_of(question), turn=question.turn_id)
