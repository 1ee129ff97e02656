"""What becomes of a model's reasoning, which every version treats in its own way."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from emulators.rag_server.answering.thinking import in_tags
from emulators.rag_server.dify.versions import V0_15, V1_12

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from emulators.rag_server.answering.answerers import Piece
    from emulators.rag_server.versions import Version

_DETAILS = (
    '<details style="color:gray;background-color: #f8f8f8;padding: 8px;border-radius: 4px;" open>'
    " <summary> Thinking... </summary>"
)


def in_text(
    pieces: AsyncGenerator[Piece, None], version: Version, *, streamed: bool
) -> AsyncGenerator[str, None]:
    """The text of an answer.

    0.6 drops reasoning; 0.15 folds it where it streams and drops it otherwise; since 1.x model plugins put it
    between `<think>` and `</think>`.
    """
    if version >= V1_12:
        return in_tags(pieces, opening="<think>\n", closing="\n</think>")
    if version >= V0_15 and streamed:
        return in_tags(pieces, opening=_DETAILS, closing="</details>")
    return _without_thoughts(pieces)


async def _without_thoughts(pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[str, None]:
    async with aclosing(pieces):
        async for piece in pieces:
            if not piece.thought:
                yield piece.text
