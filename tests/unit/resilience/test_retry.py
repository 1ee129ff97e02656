"""Trying again: as often as the caller's rule says, after the pauses it names, and never for other errors."""

from __future__ import annotations

import asyncio
import doctest
import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.resilience import retry as module
from rag_on_dingtalk.resilience.retry import retry, step


class BusyError(Exception):
    """May be gone a moment later."""


class OtherError(Exception):
    """Nothing that a second attempt would mend."""


class Service:
    """Fails with the given errors, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.slept: list[float] = []

    async def attempt(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@given(failures=st.integers(0, 8), most=st.integers(1, 8), pauses=st.lists(st.floats(0.1, 5.0), min_size=1))
def test_attempts_go_on_until_one_succeeds_or_the_rule_ends_them(
    failures: int, most: int, pauses: list[float]
) -> None:
    errors = [BusyError(str(number)) for number in range(failures)]
    service = Service(*errors)

    def pause(_error: BusyError, failed: int) -> float | None:
        return step(failed, pauses) if failed < most else None

    async def run() -> str:
        return await retry(service.attempt, on=BusyError, pause=pause, sleep=service.sleep)

    if failures < most:
        assert asyncio.run(run()) == "answer"
    else:
        with pytest.raises(BusyError) as raised:
            asyncio.run(run())
        assert raised.value is errors[most - 1]
    assert service.calls == min(failures + 1, most)
    assert service.slept == [step(number + 1, pauses) for number in range(service.calls - 1)]


async def test_an_error_of_another_kind_ends_the_attempts() -> None:
    service = Service(BusyError(), OtherError())

    with pytest.raises(OtherError):
        await retry(service.attempt, on=BusyError, pause=lambda *_: 1.0, sleep=service.sleep)

    assert service.slept == [1.0]


async def test_a_pause_of_zero_is_none_at_all() -> None:
    service = Service(BusyError())

    assert await retry(service.attempt, on=BusyError, pause=lambda *_: 0.0, sleep=service.sleep) == "answer"
    assert service.slept == []


async def test_a_failed_attempt_is_not_held_during_the_pause() -> None:
    service = Service(BusyError())
    held = weakref.ref(service.errors[0])

    async def sleep(_seconds: float) -> None:
        gc.collect()
        assert held() is None

    assert await retry(service.attempt, on=BusyError, pause=lambda *_: 1.0, sleep=sleep) == "answer"


@pytest.mark.parametrize(("failed", "pause"), [(1, 0.1), (2, 0.3), (3, 0.6), (4, 0.6), (50, 0.6)])
def test_the_last_pause_repeats(failed: int, pause: float) -> None:
    assert step(failed, (0.1, 0.3, 0.6)) == pause


def test_the_example_runs() -> None:
    outcome = doctest.testmod(module)

    assert outcome.attempted > 0
    assert outcome.failed == 0
