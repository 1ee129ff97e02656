"""Asking the backend and listening until it has finished, failed, or time is up."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import FailureKind, UserVisibleError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from rag_on_dingtalk.answering.draft import Draft
    from rag_on_dingtalk.backends.base import Ask, Backend
    from rag_on_dingtalk.telemetry.lines import LogLine

#: Failures that may be gone a moment later.
_PASSING = frozenset((FailureKind.BUSY, FailureKind.UPSTREAM, FailureKind.UNREACHABLE))
_PAUSE_SECONDS = (0.5, 1.5)
#: Pictures in base64 included, an answer that goes on beyond this has no end; memory has.
_MOST_CHARACTERS = 8_000_000


async def listen(
    backend: Backend,
    prepare: Callable[[], Awaitable[Ask]],
    draft: Draft,
    *,
    seconds: float,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    on_text: Callable[[str], None],
    log: LogLine,
) -> FailureKind | None:
    """Fill `draft`; returns why it is not whole (None: it is).

    prepare: makes the question ready, for example by fetching what belongs to it.
    seconds: how long that and the backend may take in all, a second attempt included.
    on_text: told the whole text whenever it has changed.
    """
    try:
        asking = _ask_twice(backend, prepare, draft, sleep=sleep, on_text=on_text, log=log)
        await asyncio.wait_for(asking, max(seconds, 0.0))
    except UserVisibleError as error:
        log("backend_failed", level="ERROR", kind=error.kind.value, error=str(error))
        return error.kind
    except asyncio.TimeoutError:
        log("deadline", level="WARNING", characters=len(draft.text))
        return FailureKind.DEADLINE
    except Exception as error:  # noqa: BLE001 - whatever broke, the person must be told
        log("backend_crashed", level="ERROR", error=f"{type(error).__name__}: {error}")
        return FailureKind.INTERNAL
    return None if draft.text.strip() or draft.files else FailureKind.EMPTY


async def _ask_twice(
    backend: Backend,
    prepare: Callable[[], Awaitable[Ask]],
    draft: Draft,
    *,
    sleep: Callable[[float], Awaitable[None]],
    on_text: Callable[[str], None],
    log: LogLine,
) -> None:
    ask = await prepare()
    try:
        await _ask_once(backend, ask, draft, on_text)
    except UserVisibleError as error:
        # Once a word has come the backend has stored the turn: asking again would store another.
        if draft.text or error.kind not in _PASSING:
            raise
        log("backend_asked_again", level="WARNING", kind=error.kind.value, error=str(error))
    else:
        return
    await sleep(random.uniform(*_PAUSE_SECONDS))  # noqa: S311 - jitter
    await _ask_once(backend, ask, draft, on_text)


async def _ask_once(backend: Backend, ask: Ask, draft: Draft, on_text: Callable[[str], None]) -> None:
    async with aclosing(backend.ask(ask)) as parts:
        async for part in parts:
            if draft.add(part):
                on_text(draft.text)
            if len(draft.text) + len(draft.reasoning) > _MOST_CHARACTERS:
                raise UserVisibleError(
                    FailureKind.INTERRUPTED,
                    f"more than {_MOST_CHARACTERS} characters came. Look at the prompt.",
                )


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
