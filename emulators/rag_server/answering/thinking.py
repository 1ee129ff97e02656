"""Reasoning inside the text, between tags, as products write it that have no field of its own for it."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from emulators.rag_server.answering.answerers import Piece


async def in_tags(
    pieces: AsyncGenerator[Piece, None], *, opening: str = "<think>", closing: str = "</think>"
) -> AsyncGenerator[str, None]:
    """The opening tag is glued to the first thought; the closing one is a piece of its own.

    When no answer follows the thoughts, the closing tag never comes.
    """
    thinking = False
    async with aclosing(pieces):
        async for piece in pieces:
            if piece.thought:
                yield piece.text if thinking else f"{opening}{piece.text}"
            elif thinking:
                yield closing
                yield piece.text
            else:
                yield piece.text
            thinking = piece.thought
