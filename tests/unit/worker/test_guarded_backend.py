from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

import pytest

from rag_on_dingtalk.backends.base import Ask, Identifiers, NothingFound, Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.resilience.circuit import State
from rag_on_dingtalk.settings.sections.backends import Timeouts
from rag_on_dingtalk.worker.guarded_backend import GuardedBackend, guard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from rag_on_dingtalk.backends.base import AnswerPart, Finding
    from rag_on_dingtalk.storage.rows.client import Columns, Rows

ASK = Ask(text="年假有几天？", session_key="s")
THRESHOLD = 5
OUTAGES = [FailureKind.UNREACHABLE, FailureKind.TIMEOUT, FailureKind.UPSTREAM, FailureKind.BUSY]
Script = list["AnswerPart | FailureKind | BackendError | asyncio.Event"]


class OneInstanceRows:
    """A table that only this instance writes."""

    def __init__(self) -> None:
        self.row: Columns | None = None

    async def get(self, _table: object, _key: str) -> Columns | None:
        return self.row

    async def put(self, _table: object, _key: str, row: Mapping[str, str | int], _condition: object) -> bool:
        self.row = dict(row)
        return True


class ScriptedBackend:
    def __init__(self) -> None:
        self.script: Script = [Text("五天")]
        self.asked = 0
        self.closed = 0
        self.stopped: list[str] = []
        self.waits = asyncio.Event()

    async def ask(self, _ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        self.asked += 1
        try:
            for step in self.script:
                if isinstance(step, FailureKind):
                    raise BackendError(step, "scripted")
                if isinstance(step, BackendError):
                    raise step
                if isinstance(step, asyncio.Event):
                    self.waits.set()
                    await step.wait()
                else:
                    yield step
        finally:
            self.closed += 1

    async def stop(self, _ask: Ask, task_id: str) -> None:
        self.stopped.append(task_id)

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        raise NotImplementedError

    async def probe(self) -> tuple[Finding, ...]:
        raise NotImplementedError


class World:
    def __init__(self) -> None:
        self.now_ms = 1_767_225_600_000
        self.rows = OneInstanceRows()
        self.backend = ScriptedBackend()
        self.guarded: GuardedBackend = guard(
            self.backend,
            cast("Rows", self.rows),
            name="handbook",
            timeouts=Timeouts(),
            clock=lambda: self.now_ms,
            log=lambda *_args, **_fields: None,
        )

    async def outcome(self, script: Script) -> FailureKind | list[AnswerPart]:
        self.backend.script = script
        parts = []
        try:
            async with aclosing(self.guarded.ask(ASK)) as stream:
                parts.extend([part async for part in stream])
        except BackendError as error:
            return error.kind
        return parts

    async def fail(self, kind: FailureKind, times: int = THRESHOLD) -> None:
        for _ in range(times):
            assert await self.outcome([kind]) is kind

    def after_the_pause(self) -> None:
        self.now_ms += 60_000

    @property
    def state(self) -> State | None:
        return None if self.rows.row is None else State(self.rows.row["state"])


@pytest.fixture
def world() -> World:
    return World()


async def test_an_answer_passes_part_by_part(world: World) -> None:
    parts: Script = [Identifiers(conversation_id="c"), Text("五"), Text("天")]

    assert await world.outcome(parts) == parts


@pytest.mark.parametrize("kind", OUTAGES)
async def test_an_outage_pauses_questions_and_the_backend_is_left_alone(
    kind: FailureKind, world: World
) -> None:
    await world.fail(kind)

    assert await world.outcome([Text("五天")]) is FailureKind.PAUSED
    assert world.backend.asked == THRESHOLD


async def test_the_administrator_reads_why_it_was_paused(world: World) -> None:
    await world.fail(FailureKind.TIMEOUT)

    with pytest.raises(BackendError, match="timeout"):
        await anext(world.guarded.ask(ASK))


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind not in OUTAGES])
async def test_a_refusal_of_one_question_pauses_nothing(kind: FailureKind, world: World) -> None:
    await world.fail(kind, 3 * THRESHOLD)

    assert world.state is None


@pytest.mark.parametrize("kind", OUTAGES)
async def test_a_verdict_of_the_backend_pauses_nothing(kind: FailureKind, world: World) -> None:
    for _ in range(3 * THRESHOLD):
        assert await world.outcome([BackendError(kind, "a node failed", verdict=True)]) is kind

    assert world.state is None


async def test_failures_with_an_answer_between_them_pause_nothing(world: World) -> None:
    for _ in range(3):
        await world.fail(FailureKind.TIMEOUT, THRESHOLD - 1)
        await world.outcome([Text("五天")])

    assert world.state is None


async def test_a_backend_that_begins_and_falls_silent_every_time_is_ill(world: World) -> None:
    for _ in range(THRESHOLD):
        await world.outcome([Text("五"), FailureKind.TIMEOUT])

    assert world.state is State.OPEN


@pytest.mark.parametrize("word", [Text("五"), NothingFound()])
async def test_the_others_are_let_in_at_the_probes_first_word(word: AnswerPart, world: World) -> None:
    await world.fail(FailureKind.TIMEOUT)
    world.after_the_pause()
    world.backend.script = [word, asyncio.Event()]

    async with aclosing(world.guarded.ask(ASK)) as probe:
        await anext(probe)

        assert isinstance(await world.outcome([Text("五天")]), list)


async def test_a_task_id_is_no_sign_of_health(world: World) -> None:
    await world.fail(FailureKind.UPSTREAM)
    world.after_the_pause()

    await world.outcome([Identifiers(task_id="t"), FailureKind.UPSTREAM])

    assert world.state is State.OPEN


async def test_a_probe_that_is_refused_for_its_words_found_the_backend_well(world: World) -> None:
    await world.fail(FailureKind.UNREACHABLE)
    world.after_the_pause()

    await world.outcome([FailureKind.BLOCKED])

    assert world.state is State.CLOSED


async def test_a_cancelled_probe_decides_nothing(world: World) -> None:
    await world.fail(FailureKind.UNREACHABLE)
    world.after_the_pause()
    world.backend.script = [asyncio.Event()]
    probe = asyncio.ensure_future(anext(world.guarded.ask(ASK)))
    await world.backend.waits.wait()
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe

    assert world.state is State.HALF_OPEN


async def test_closing_the_answer_closes_the_backends(world: World) -> None:
    world.backend.script = [Text("五"), asyncio.Event()]
    async with aclosing(world.guarded.ask(ASK)) as answer:
        await anext(answer)

    assert world.backend.closed == 1


async def test_a_running_answer_can_be_stopped_while_questions_are_paused(world: World) -> None:
    await world.fail(FailureKind.TIMEOUT)

    await world.guarded.stop(ASK, "task-1")

    assert world.backend.stopped == ["task-1"]
