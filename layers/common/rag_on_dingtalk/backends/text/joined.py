"""Pieces of text that came together, as one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Reasoning, Text
from rag_on_dingtalk.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rag_on_dingtalk.backends.base import AnswerPart


def joined(parts: Iterable[AnswerPart]) -> Iterator[AnswerPart]:
    """The same answer in fewer parts: each passes through every layer up to the card.

    Raises:
        BackendError: as `parts` does, behind what was said before.
    """
    kind: type[Text | Reasoning] = Text
    held: list[str] = []
    try:
        for part in parts:
            if held and type(part) is not kind:
                yield kind("".join(held))
                held = []
            if isinstance(part, Text | Reasoning):
                kind = type(part)
                held.append(part.delta)
            else:
                yield part
    except BackendError:
        if held:
            yield kind("".join(held))
        raise
    if held:
        yield kind("".join(held))
