"""Asking the backend and listening until it has finished, failed, or time is up."""

from __future__ import annotations

import asyncio
import random
import traceback
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel

from rag_on_dingtalk.backends.base import Anomaly, Replacement, Text
from rag_on_dingtalk.errors import BackendError, FailureKind, UserVisibleError
from rag_on_dingtalk.pipeline.asking.redaction import redacted
from rag_on_dingtalk.resilience.off_loop import SHORT
from rag_on_dingtalk.resilience.retry import retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from rag_on_dingtalk.backends.base import AnswerPart, Ask, Backend
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.rendering.draft import Draft

#: Failures that may be gone a moment later.
RETRYABLE = frozenset((FailureKind.BUSY, FailureKind.UPSTREAM, FailureKind.UNREACHABLE))
_PAUSE_SECONDS = (0.5, 1.5)
#: Pictures in base64 included, an answer that goes on beyond this is taken to have no end.
_MOST_CHARACTERS = 8_000_000
#: A card shows no more than a part of this; joining a longer text for every piece would cost its square.
_MOST_TOLD = 60_000


async def listen(
    backend: Backend,
    prepare: Callable[[], Awaitable[Ask]],
    draft: Draft,
    *,
    seconds: float,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    on_text: Callable[[Draft], None],
    log: LogLine,
) -> FailureKind | None:
    """Fill `draft`; returns why it is not whole (None: it is).

    prepare: makes the question ready, for example by fetching what belongs to it.
    seconds: how long that and the backend may take in all, a second attempt included.
    on_text: called when text or reasoning has changed.
    """
    said: list[str] = []

    def plain(error: Exception) -> str:
        return redacted(str(error), *said, draft.text, draft.reasoning)

    def pause(error: UserVisibleError, failed: int) -> float | None:
        if failed > 1 or draft.size or not may_be_asked_again(error):
            return None
        log("backend_asked_again", level="WARNING", kind=error.kind.value, error=plain(error))
        return random.uniform(*_PAUSE_SECONDS)  # noqa: S311 - jitter

    failure: FailureKind | None = FailureKind.STOPPED
    try:
        with anyio.move_on_after(max(seconds, 0.0)) as scope:
            ask = await prepare()
            said.extend(_words_of(ask))
            attempt = partial(_ask_once, backend, ask, draft, on_text, log)
            await retry(attempt, on=UserVisibleError, pause=pause, sleep=sleep)
            failure = None
        if scope.cancelled_caught:
            log("deadline", level="WARNING", characters=draft.size)
            failure = FailureKind.DEADLINE
    except UserVisibleError as error:
        _forget_frames(error)
        log("backend_failed", level="ERROR", kind=error.kind.value, error=plain(error))
        failure = error.kind
    except Exception as error:  # noqa: BLE001 - whatever broke, the person must be told
        _forget_frames(error)
        log("backend_crashed", level="ERROR", error=f"{type(error).__name__}: {plain(error)}")
        failure = FailureKind.INTERNAL
    finally:
        # Also when the person has stopped it.
        draft.finish(whole=failure is None)
    if failure is FailureKind.INTERRUPTED and not draft.text.strip():
        # Only reasoning came, which a hidden answer does not show: no text stands above the sentence.
        return FailureKind.UPSTREAM
    if failure is None and not (draft.text.strip() or draft.files):
        return FailureKind.EMPTY
    return failure


def _forget_frames(error: BaseException) -> None:
    """Let go of what the frames behind an error hold, which may be pictures of many megabytes.

    A task and the error it ended with refer to each other: the frames stay until a garbage collection.
    """
    chain: BaseException | None = error
    while chain is not None:
        traceback.clear_frames(chain.__traceback__)
        chain = chain.__cause__ or chain.__context__


def _words_of(ask: Ask) -> Iterator[str]:
    """What no log line may quote."""
    yield from (ask.text, ask.user_name)
    for one in ask.history:
        yield from (one.question, one.answer)


def may_be_asked_again(error: UserVisibleError) -> bool:
    """Whether the same question may be answered a moment later, and asking twice makes nothing happen twice.

    A backend that has begun repeats its work if asked again: the turn, the flow, the request for approval.
    """
    settled = isinstance(error, BackendError) and (error.begun or error.verdict)
    return error.kind in RETRYABLE and not settled


async def _ask_once(
    backend: Backend, ask: Ask, draft: Draft, on_text: Callable[[Draft], None], log: LogLine
) -> None:
    anomalies: dict[str, _Anomalies] = {}
    try:
        async with aclosing(backend.ask(ask)) as parts:
            async for part in parts:
                if isinstance(part, Anomaly):
                    anomalies.setdefault(part.what, _Anomalies(part.detail)).add(part)
                elif await _take(draft, part) and draft.text_size <= _MOST_TOLD:
                    on_text(draft)
                if draft.size > _MOST_CHARACTERS:
                    raise UserVisibleError(
                        FailureKind.INTERRUPTED,
                        f"more than {_MOST_CHARACTERS} characters came. Look at the prompt.",
                    )
    finally:
        # One line for each kind: a server that doubles a prefix doubles all of them.
        for what, found in anomalies.items():
            counts = {"count": found.count, "lost": found.lost}
            log("backend_anomaly", level="WARNING", what=what, detail=found.detail, **counts)


async def _take(draft: Draft, part: AnswerPart) -> bool:
    """Take one part in; True when text or reasoning changed.

    A server that answers in one piece may send megabytes at once. They are read like many pieces, and the
    other answers of this process go on in between.
    """
    if isinstance(part, Text):
        text = part.delta
    elif isinstance(part, Replacement):
        text = part.text
    else:
        return draft.add(part)
    if len(text) <= SHORT:
        return draft.add(part)
    before = draft.text
    changed = draft.add(type(part)(text[:SHORT]))
    for begin in range(SHORT, len(text), SHORT):
        await anyio.lowlevel.checkpoint()
        changed = draft.add(Text(text[begin : begin + SHORT])) or changed
    return changed if isinstance(part, Text) else draft.text != before


@dataclass
class _Anomalies:
    """Those of one kind in one answer; the detail is that of the first."""

    detail: str
    count: int = 0
    lost: int = 0

    def add(self, one: Anomaly) -> None:
        self.count += 1
        self.lost += one.lost
