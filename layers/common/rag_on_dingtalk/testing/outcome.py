"""What a person would have seen of an answer."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from rag_on_dingtalk.backends.base import (
    Anomaly,
    AnswerPart,
    Ask,
    Citations,
    Identifiers,
    NothingFound,
    Text,
)
from rag_on_dingtalk.errors import BackendError
from rag_on_dingtalk.rendering.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.errors import FailureKind
    from rag_on_dingtalk.models.answer import Citation

_T = TypeVar("_T")

ASK = Ask(text="怎么补卡？", session_key="dt:corp:chat:anna", user="dt-anna", trace_id="t4711")


@dataclass
class Outcome:
    parts: list[AnswerPart] = field(default_factory=list)
    error: BackendError | None = None
    starts_open: bool = False

    @property
    def kind(self) -> FailureKind | None:
        return self.error.kind if self.error else None

    @property
    def draft(self) -> Draft:
        """The parts as answering takes them in, the model's reasoning told apart."""
        draft = Draft(starts_open=self.starts_open)
        for part in self.parts:
            draft.add(part)
        draft.finish(whole=self.error is None)
        return draft

    @property
    def text(self) -> str:
        return self.draft.text

    @property
    def reasoning(self) -> str:
        return self.draft.reasoning

    @property
    def anomalies(self) -> list[Anomaly]:
        return [part for part in self.parts if isinstance(part, Anomaly)]

    @property
    def citations(self) -> tuple[Citation, ...]:
        lists = [part.items for part in self.parts if isinstance(part, Citations)]
        return lists[-1] if lists else ()

    @property
    def identifiers(self) -> Identifiers:
        known = [part for part in self.parts if isinstance(part, Identifiers)]
        return known[-1] if known else Identifiers()

    @property
    def identifiers_known(self) -> Identifiers:
        """Of each the last that was given, as answering keeps them."""
        draft = self.draft
        return Identifiers(draft.conversation_id, draft.message_id, draft.task_id)

    @property
    def nothing_found(self) -> bool:
        return any(isinstance(part, NothingFound) for part in self.parts)


async def outcome(backend: Backend, ask: Ask = ASK, *, on_text: Callable[[], None] | None = None) -> Outcome:
    seen = Outcome()
    try:
        async with aclosing(backend.ask(ask)) as parts:
            async for part in parts:
                seen.parts.append(part)
                if on_text is not None and isinstance(part, Text):
                    on_text()
    except BackendError as error:
        seen.error = error
    return seen


async def soon(awaitable: Awaitable[_T]) -> _T:
    """Guards a test that would otherwise hang when its promise is broken."""
    return await asyncio.wait_for(awaitable, 30)
