"""An answer as deltas: text, and reasoning in one of the ways it is written."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.rag_server.answering.answerers import ProviderError
from emulators.rag_server.answering.thinking import in_tags
from emulators.rag_server.http.misbehaviour import cut_short, number
from emulators.rag_server.openai.errors import OpenAIError
from emulators.rag_server.openai.faults import BLOCKED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.openai.wire import Json

#: The way → the fields of a delta that hold it. vLLM sent both while it renamed the one into the other.
_REASONING_FIELDS = {
    "": ("reasoning_content",),
    "reasoning": ("reasoning",),
    "both": ("reasoning_content", "reasoning"),
}


@dataclass
class Speech:
    """One answer in the making. text, thoughts: what has been said so far. failed: it ended in an error."""

    knowledge: KnowledgeBase
    briefing: Briefing
    text: str = ""
    thoughts: str = ""
    failed: bool = False

    async def deltas(self, style: str) -> AsyncGenerator[Json, None]:
        """`content` and reasoning as they come; raises OpenAIError, BrokenConnectionError.

        style: how reasoning is written, as `knowledge.openai.reasoning` has it.
        """
        blocked = number(self.knowledge.faults, BLOCKED, 5)
        pieces = cut_short(self.knowledge.pieces(self.briefing), blocked, OpenAIError("DataInspectionFailed"))
        try:
            if style == "tag":
                async with aclosing(in_tags(pieces)) as texts:
                    async for text in texts:
                        self.text += text
                        yield {"content": text}
                return
            async with aclosing(pieces):
                async for piece in pieces:
                    if piece.thought:
                        self.thoughts += piece.text
                        yield dict.fromkeys(_REASONING_FIELDS.get(style, _REASONING_FIELDS[""]), piece.text)
                    else:
                        self.text += piece.text
                        yield {"content": piece.text}
        except ProviderError as error:
            raise OpenAIError.of_model(error) from error

    async def finish(self, style: str) -> None:
        """Say everything; raises as `deltas`."""
        async with aclosing(self.deltas(style)) as deltas:
            async for _ in deltas:
                pass
