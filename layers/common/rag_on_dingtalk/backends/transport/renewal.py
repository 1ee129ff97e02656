"""A conversation that the backend no longer has is begun anew, once."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from rag_on_dingtalk.backends.base import AnswerPart, Ask


async def renewed(
    ask: Ask, once: Callable[[Ask], AsyncGenerator[AnswerPart, None]]
) -> AsyncGenerator[AnswerPart, None]:
    """The answer of `once`; of a second one without the conversation where the first finds it gone.

    once: raises CONVERSATION_GONE only about a conversation that it was given.

    Raises:
        BackendError: as `once` does.
    """
    try:
        async with aclosing(once(ask)) as parts:
            async for part in parts:
                yield part
    except BackendError as error:
        # This failure comes before any other part of the answer, so nothing is shown or stored twice.
        if error.kind is not FailureKind.CONVERSATION_GONE:
            raise
    else:
        return
    async with aclosing(once(msgspec.structs.replace(ask, conversation_id=""))) as parts:
        async for part in parts:
            yield part
