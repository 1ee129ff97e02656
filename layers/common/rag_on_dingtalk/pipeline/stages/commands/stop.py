"""/stop: end the answer that is being given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.stages.commands.leaving import leave_flow

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext

WORDS = ("/stop", "/停止")


async def run(context: TurnContext) -> Reply:
    """Ask the running answer to stop, leave a skill that asks back, and say whether there was one.

    Raises:
        StateError: Tablestore could not be asked.
    """
    left = await leave_flow(context)
    found = await context.queues.stop(context.ticket.session_id)
    said = context.texts.say("flow_left" if left else "stopped" if found else "nothing_to_stop")
    return Reply(parts=(said,), on_card=False, answer=said)
