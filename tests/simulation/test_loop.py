"""The loop: virtual time, seeded choices, and processes that die or stand still between two steps."""

from __future__ import annotations

import asyncio
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from devserver.simulation.scheduler.process import PROCESS, Process
from devserver.simulation.world import WORLD, World

if TYPE_CHECKING:
    from collections.abc import Coroutine


def new_world(seed: int = 1) -> World:
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    return World(random, on_event=lambda _event, _process: None)


def begin(world: World, process: Process, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    context = WORLD.copy()
    context.run(PROCESS.set, process)
    return world.loop.create_task(work, context=context)


def test_sleeping_for_a_day_takes_no_time_and_is_a_day_later() -> None:
    world = new_world()

    world.loop.run_until_complete(asyncio.sleep(86_400))

    assert world.loop.time() == 86_400


def test_a_killed_process_runs_no_cleanup() -> None:
    world, process, seen = new_world(), Process("one"), []

    async def _work() -> None:
        try:
            seen.append("began")
            await asyncio.sleep(10)
        except BaseException:
            seen.append("except")
            raise
        finally:
            seen.append("finally")

    async def _main() -> None:
        begin(world, process, _work())
        await asyncio.sleep(1)
        world.loop.kill(process)
        await asyncio.sleep(100)

    world.loop.run_until_complete(_main())
    before_the_end = list(seen)
    world.close()

    assert before_the_end == ["began"]


def test_a_frozen_process_goes_on_when_it_is_thawed() -> None:
    world, process, seen = new_world(), Process("one"), []

    async def _work() -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            seen.append(world.loop.time())

    async def _main() -> None:
        task = begin(world, process, _work())
        await asyncio.sleep(1.5)
        world.loop.freeze(process, 60)
        await asyncio.sleep(100)
        assert task.done()

    world.loop.run_until_complete(_main())
    world.close()

    assert seen == [1.0, 61.5, 62.5]


def _note(seen: list[int], number: int, _: object) -> None:
    seen.append(number)


def order_of(seed: int) -> list[int]:
    world, seen = new_world(seed), []

    async def _work(number: int) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            seen.append(number)

    async def _main() -> None:
        await asyncio.gather(*(_work(number) for number in range(4)))

    world.loop.run_until_complete(_main())
    world.close()
    return seen


def test_what_runs_next_depends_on_the_seed_alone() -> None:
    assert order_of(7) == order_of(7)
    assert len({tuple(order_of(seed)) for seed in range(10)}) > 5


def test_the_callbacks_of_one_future_keep_their_order() -> None:
    for seed in range(20):
        world, seen = new_world(seed), list[int]()

        async def _main(world: World = world, seen: list[int] = seen) -> None:
            future = world.loop.create_future()
            for number in range(5):
                future.add_done_callback(partial(_note, seen, number))
            future.set_result(None)
            await asyncio.sleep(1)

        world.loop.run_until_complete(_main())
        world.close()

        assert seen == [0, 1, 2, 3, 4]
