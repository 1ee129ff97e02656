"""Asking the backend and listening until it has finished, failed, or time is up."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import FailureKind, UserVisibleError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rag_on_dingtalk.answering.draft import Draft
    from rag_on_dingtalk.backends.base import Ask, Backend
    from rag_on_dingtalk.telemetry.lines import LogLine


async def listen(
    backend: Backend,
    ask: Ask,
    draft: Draft,
    *,
    seconds: float,
    on_text: Callable[[str], None],
    log: LogLine,
) -> FailureKind | None:
    """Fill `draft`; returns why it is not whole (None: it is).

    seconds: how long the backend may take in all.
    on_text: told the whole text whenever it has changed.
    """

    async def _drain() -> None:
        async with aclosing(backend.ask(ask)) as parts:
            async for part in parts:
                if draft.add(part):
                    on_text(draft.text)

    try:
        await asyncio.wait_for(_drain(), max(seconds, 0.0))
    except UserVisibleError as error:
        log("backend_failed", level="ERROR", kind=error.kind.value, error=str(error))
        return error.kind
    except asyncio.TimeoutError:
        log("deadline", level="WARNING", characters=len(draft.text))
        return FailureKind.DEADLINE
    except Exception as error:  # noqa: BLE001 - whatever broke, the person must be told
        log("backend_crashed", level="ERROR", error=f"{type(error).__name__}: {error}")
        return FailureKind.INTERNAL
    return None if draft.text.strip() else FailureKind.EMPTY


async def listen_unless(
    stopped: Coroutine[None, None, None], listening: Coroutine[None, None, FailureKind | None]
) -> FailureKind | None:
    """What `listening` returns, or STOPPED as soon as `stopped` is over; the other one is cancelled."""
    tasks = asyncio.ensure_future(listening), asyncio.ensure_future(stopped)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    heard = tasks[0]
    return FailureKind.STOPPED if heard.cancelled() else heard.result()
