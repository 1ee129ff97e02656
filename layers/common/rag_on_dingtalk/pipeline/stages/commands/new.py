"""/new: begin a new session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.stages.commands.leaving import leave_flow

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext

WORDS = ("/new", "/reset", "/新会话")


async def run(context: TurnContext) -> Reply:
    """Forget what was said, and confirm it.

    Raises:
        StateError: it could not be recorded, so the old session would be continued.
    """
    await leave_flow(context)
    await context.memory.restart()
    said = context.texts.say("new_session")
    return Reply(parts=(said,), on_card=False, answer=said)
