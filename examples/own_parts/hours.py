"""A command: /hours says when the people behind the bot can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.pipeline.reply import Reply

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext

#: As a person types them, in lower case; a full stop or a full-width slash is seen through.
WORDS = ("/hours", "/服务时间")
_HOURS = {
    "zh": "人工服务时间：工作日 9:00–18:00。",
    "en": "You can reach a person on working days from 9:00 to 18:00.",
}


async def run(context: TurnContext) -> Reply:
    """One message; a command needs no card."""
    said = _HOURS[context.texts.language]
    return Reply(parts=(said,), on_card=False, answer=said)
