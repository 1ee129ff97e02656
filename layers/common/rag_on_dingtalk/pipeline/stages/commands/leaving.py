"""Leaving a skill that asks back, for the commands that end something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.storage.conversations.flows import flow_key_of

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
    key = flow_key_of(question, scope_of(context.settings))
    return await context.skills.dialogues.leave(key, turn=question.turn_id)
