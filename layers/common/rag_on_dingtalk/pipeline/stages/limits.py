"""Stage: how much may be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.pipeline.reply import Reply

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext


async def limits(context: TurnContext) -> Reply | None:
    """Count the question; the sentence of the limit that refuses it, which then costs nothing."""
    if context.limits is None:
        return None
    refusal = await context.limits.take()
    if not refusal:
        return None
    return Reply(parts=(refusal,), on_card=False, failure=FailureKind.LIMITED)
