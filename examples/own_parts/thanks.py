"""A stage: a message that only thanks is answered here, and costs no call of the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.pipeline.reply import Reply

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext

_THANKS = frozenset(("谢谢", "多谢", "感谢", "thanks", "thank you", "thx"))
_WELCOME = {"zh": "不客气。", "en": "You are welcome."}


async def thanks(context: TurnContext) -> Reply | None:
    """A reply to thanks; None passes every other message on to the next stage."""
    if context.question.text.strip(" \t\n。.!！~").casefold() not in _THANKS:
        return None
    said = _WELCOME[context.texts.language]
    return Reply(parts=(said,), on_card=False, answer=said)
