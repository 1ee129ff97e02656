"""A long text is read beside the event loop, a short one at once."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.pipeline.checks import safety_out
from rag_on_dingtalk.pipeline.stages import generate
from rag_on_dingtalk.resilience.off_loop import SHORT, off_loop
from tests.builders import a_question
from tests.in_process import Worker
from tests.unit.pipeline.safety.looking import looking

if TYPE_CHECKING:
    from collections.abc import Callable

LONG_TEXT = "字" * (SHORT + 1)
#: A guard: a test that hangs without it fails.
_SECONDS = 120


def fail() -> None:
    raise ValueError("broken")


@pytest.mark.parametrize(("size", "same"), [(0, True), (SHORT, True), (SHORT + 1, False)])
async def test_the_size_decides_where_it_is_read(size: int, same: bool) -> None:  # noqa: FBT001 - a case
    assert (await off_loop(threading.get_ident, size=size) == threading.get_ident()) is same


@pytest.mark.parametrize("size", [0, SHORT + 1])
async def test_what_goes_wrong_there_is_heard_here(size: int) -> None:
    with pytest.raises(ValueError, match="broken"):
        await off_loop(fail, size=size)


@pytest.mark.parametrize("read", ["prepare", "render"])
async def test_others_go_on_while_a_long_answer_is_read(read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    went_on = _stands_until_the_loop_goes_on(monkeypatch, generate, read)

    async with Worker().started() as worker:
        worker.backend.parts = [Text(LONG_TEXT)]
        seen = await worker.answer(a_question())

    assert (seen.result, went_on.is_set()) == ("answered", True)


async def test_others_go_on_while_a_long_answer_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    went_on = _stands_until_the_loop_goes_on(monkeypatch, safety_out, "prepare")

    async with Worker(safety=looking).started() as worker:
        worker.backend.parts = [Text(LONG_TEXT)]
        seen = await worker.answer(a_question())

    assert (seen.result, went_on.is_set()) == ("answered", True)


def _stands_until_the_loop_goes_on(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> threading.Event:
    """The work ends only when the loop has done something else meanwhile."""
    went_on, work, loop = threading.Event(), getattr(module, name), asyncio.get_running_loop()

    def standing(real: Callable[..., object], *given: Any, **named: Any) -> object:
        loop.call_soon_threadsafe(went_on.set)
        assert went_on.wait(_SECONDS)
        return real(*given, **named)

    monkeypatch.setattr(module, name, partial(standing, work))
    return went_on
