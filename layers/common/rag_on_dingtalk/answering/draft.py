"""The answer as it grows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import (
    AnswerFile,
    AnswerPart,
    Citations,
    Identifiers,
    NothingFound,
    Reasoning,
    Replacement,
    Suggestions,
    Text,
    Usage,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.model import Citation


@dataclass
class Draft:
    """What has arrived from the backend so far."""

    text: str = ""
    reasoning: str = ""
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()
    files: tuple[AnswerFile, ...] = ()
    usage: Usage | None = None
    nothing_found: bool = False
    stock_refusal: bool = False
    conversation_id: str = ""
    message_id: str = ""
    task_id: str = ""

    def add(self, part: AnswerPart) -> bool:
        """Take one part in; True when the text changed."""
        match part:
            case Text(delta):
                self.text += delta
                return bool(delta)
            case Replacement(text):
                changed = text != self.text
                self.text = text
                return changed
            case Reasoning(delta):
                self.reasoning += delta
            case Suggestions(items):
                self.suggestions = items
            case AnswerFile():
                self.files = (*self.files, part)
            case Usage():
                self.usage = part
            case Citations(items):
                self.citations = items or self.citations
            case Identifiers(conversation_id, message_id, task_id):
                self.conversation_id = conversation_id or self.conversation_id
                self.message_id = message_id or self.message_id
                self.task_id = task_id or self.task_id
            case NothingFound(stock):
                self.nothing_found = True
                self.stock_refusal = stock
        return False
