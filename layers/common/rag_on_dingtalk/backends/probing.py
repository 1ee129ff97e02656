"""What `check` learns from a backend: without asking it a question, and by asking one."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Literal

import anyio

from rag_on_dingtalk.backends.base import Ask, Finding, Text
from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.backends.base import Backend

_What = Literal["reachable", "key", "target"]

#: What a failure is about; any other is about the backend as such.
_ABOUT: dict[FailureKind, _What] = {
    FailureKind.CONFIG_AUTH: "key",
    FailureKind.CONFIG_TARGET: "target",
    FailureKind.BAD_INPUT: "target",
}

#: The time limit of all calls that ask no question, seconds.
_PATIENCE = 15.0


async def gather(findings: AsyncIterator[Finding]) -> tuple[Finding, ...]:
    """The findings up to the first failure, which is the last finding."""
    found = []
    try:
        with anyio.fail_after(_PATIENCE):
            async for finding in findings:
                found.append(finding)  # noqa: PERF401 - those before a failure count
    except BackendError as error:
        found.append(Finding(_ABOUT.get(error.kind, "reachable"), well=False, detail=str(error)))
    except TimeoutError:
        sentence = f"It did not answer within {_PATIENCE:g} s. Find out why it is slow."
        found.append(Finding("reachable", well=False, detail=sentence))
    return tuple(found)


async def try_out(backend: Backend, question: str, *, session_key: str) -> Finding:
    """Whether it answers in pieces; the backend remembers the question like any other."""
    ask = Ask(text=question, session_key=session_key, user=session_key)
    watch, pieces, first = Stopwatch(), 0, ""
    try:
        async with aclosing(backend.ask(ask)) as parts:
            async for part in parts:
                if isinstance(part, Text):
                    pieces += 1
                    first = first or str(watch)
    except BackendError as error:
        return Finding("streaming", well=False, detail=str(error))
    if pieces > 1:
        detail = f"It answers in pieces: first words after {first}, {pieces} pieces in {watch}."
    else:
        detail = (
            f"The answer came in one piece, after {first}. If long ones do, too, something on the way "
            "collects them: switch off buffering in its proxy."
        )
    return Finding("streaming", well=True, detail=detail)


def places_of(backend: Backend) -> tuple[Finding, ...]:
    """What the last answer held at each place that the settings name; nothing where they name none."""
    look = getattr(backend, "places", None)
    return tuple(look()) if callable(look) else ()


class Stopwatch:
    """Starts when it is made."""

    def __init__(self) -> None:
        self._begun = anyio.current_time()

    def __str__(self) -> str:
        return f"{(anyio.current_time() - self._begun) * 1000:.0f} ms"
