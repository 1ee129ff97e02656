"""The life of an instance: frozen between requests, reclaimed when idle, never left behind."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulators.function_compute.pool import ThrottledError
from emulators.tests.contract.function_compute.watched import FUNCTIONS, Watched

if TYPE_CHECKING:
    from collections.abc import Callable

PROC = Path("/proc")

pytestmark = pytest.mark.skipif(
    not PROC.exists(), reason="watches processes through /proc, which only Linux has"
)

_HOST_PROGRAM = """
import asyncio, sys
from pathlib import Path
from emulators.faults import FaultBoard
from emulators.function_compute import FunctionComputeHost

async def main():
    s_yaml, state = sys.argv[1:]
    host = FunctionComputeHost(
        s_yaml=Path(s_yaml), env={"STATE": state}, credentials={"a": "b"}, faults=FaultBoard()
    )
    await host.start()
    await asyncio.gather(host.invoke("ticking", b""), host.invoke("server", b""))
    print(*(view.pid for view in host.instances()), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def states(pid: int | None) -> list[str]:
    """R, S, T (stopped) … of each thread that is still alive."""
    try:
        seen = [
            (thread / "stat").read_text().rpartition(")")[2].split()[0]
            for thread in (PROC / str(pid) / "task").iterdir()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []
    # A zombie is dead; its parent has not asked for it yet.
    return [state for state in seen if state != "Z"]


async def soon(condition: Callable[[], bool]) -> None:
    """Processes change in their own time: ask until it holds, for at most ten seconds."""
    deadline = asyncio.get_running_loop().time() + 10
    while not condition():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)


async def test_after_the_answer_not_even_a_background_thread_goes_on(watched: Watched) -> None:
    await watched.host.invoke("ticking", b"")
    (instance,) = watched.host.instances()

    await soon(lambda: states(instance.pid) == ["T", "T"])
    assert instance.state == "frozen"


async def test_the_next_request_thaws_it(watched: Watched) -> None:
    first = await watched.host.invoke("server", b"")
    (instance,) = watched.host.instances()
    await soon(lambda: set(states(instance.pid)) == {"T"})
    second = await watched.host.invoke("server", b"")

    assert first.instance_id == second.instance_id
    assert not second.failed


async def test_an_instance_can_stand_still_with_work_in_flight_and_goes_on(watched: Watched) -> None:
    watched.faults.switch_on("function_compute.freeze_during", count=1, value="2")
    task = watched.host.enqueue("busy", b"")
    await watched.until(lambda: "instance_stalled" in watched.kinds())
    (instance,) = watched.host.instances()

    await soon(lambda: set(states(instance.pid)) == {"T"})
    assert (instance.state, instance.in_flight, task.status) == ("running", 1, "Running")
    (stall,) = watched.host.stalls()
    assert stall.instance_id == instance.instance_id
    assert stall.ended - stall.began == pytest.approx(2.0)
    await soon(lambda: not set(states(instance.pid)) & {"T"})


async def test_an_instance_that_stands_still_can_be_killed(watched: Watched) -> None:
    watched.faults.switch_on("function_compute.freeze_during", count=1, value="3600")
    task = watched.host.enqueue("survivor", b"")
    await watched.until(lambda: "instance_stalled" in watched.kinds())
    watched.host.kill_instance("survivor")
    await watched.until(lambda: task.attempts)

    assert "instance_stopped" in watched.kinds()


async def test_an_instance_without_work_is_reclaimed_after_a_while(tmp_path: Path) -> None:
    watched = Watched(tmp_path, idle_seconds=0.0)
    await watched.host.start()
    await watched.host.invoke("prepared", b"")
    await watched.until(lambda: "instance_stopped" in watched.kinds())

    assert watched.host.instances() == []
    # It was thawed to say goodbye.
    await watched.printed("said goodbye")
    await watched.host.stop()


async def test_stopping_the_host_ends_every_instance_frozen_or_busy(watched: Watched) -> None:
    await watched.host.invoke("ticking", b"")
    await watched.host.invoke("server", b"")
    hanging = asyncio.ensure_future(watched.host.invoke("busy", b""))
    await watched.printed("hanging")
    pids = [view.pid for view in watched.host.instances()]
    await watched.host.stop()

    assert len(pids) == 3
    assert [states(pid) for pid in pids] == [[], [], []]
    assert (await hanging).failed


async def test_stopping_the_host_does_not_wait_for_a_start(
    watched: Watched,
) -> None:
    starting = asyncio.ensure_future(watched.host.invoke("silent_server", b""))
    await watched.printed("silent")
    (pid,) = [int(line.split()[1]) for _, _, line in watched.lines]
    await watched.host.stop()

    assert states(pid) == []
    assert (await starting).failed


async def test_killing_the_host_ends_every_instance(tmp_path: Path) -> None:
    host = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _HOST_PROGRAM, str(FUNCTIONS), str(tmp_path)), stdout=asyncio.subprocess.PIPE
    )
    assert host.stdout
    pids = [int(pid) for pid in (await host.stdout.readline()).split()]
    assert len(pids) == 2
    host.kill()
    await host.wait()

    await soon(lambda: [states(pid) for pid in pids] == [[], []])
    # To its end, or the pipe is left to the garbage collector.
    await host.stdout.read()


async def test_a_killed_instance_fails_its_request_and_the_next_one_gets_a_new_instance(
    watched: Watched,
) -> None:
    hanging = asyncio.ensure_future(watched.host.invoke("busy", b""))
    await watched.printed("hanging")
    killed = watched.host.kill_instance("busy")
    outcome = await hanging

    assert (outcome.instance_id, outcome.failed) == (killed, True)
    assert (await watched.host.invoke("echo", b"")).instance_id != killed


async def test_an_instance_killed_while_frozen_is_not_used_again(watched: Watched) -> None:
    first = await watched.host.invoke("echo", b"")
    watched.host.kill_instance("echo", signal.SIGKILL)
    await watched.until(lambda: "instance_stopped" in watched.kinds())
    second = await watched.host.invoke("echo", b"")

    assert not second.failed
    assert second.instance_id != first.instance_id


async def test_a_request_that_meets_a_dying_instance_fails_or_finds_another_one(watched: Watched) -> None:
    for _ in range(5):
        await watched.host.invoke("echo", b"")
        watched.host.kill_instance("echo")
        outcome = await watched.host.invoke("echo", b"still there")

        assert outcome.failed or outcome.payload == b"still there"


async def test_the_reserved_instances_are_never_exceeded(watched: Watched) -> None:
    hanging = asyncio.ensure_future(watched.host.invoke("busy", b""))
    await watched.printed("hanging")

    with pytest.raises(ThrottledError, match="all are full"):
        await watched.host.invoke("busy", b"")

    watched.host.kill_instance("busy")
    await hanging


async def test_an_asynchronous_invocation_waits_for_a_free_instance(watched: Watched) -> None:
    hanging = asyncio.ensure_future(watched.host.invoke("busy", b""))
    await watched.printed("hanging")
    waiting = watched.host.enqueue("busy", b"")
    assert waiting.status == "Enqueued"
    watched.host.kill_instance("busy")
    await hanging

    await watched.until(lambda: waiting.status == "Running")


async def test_a_slow_start_delays_the_first_request_only(watched: Watched) -> None:
    watched.faults.switch_on("function_compute.slow_start", count=1, value="0.01")
    outcome = await watched.host.invoke("echo", b"at last")

    assert outcome.payload == b"at last"
    assert watched.faults.struck() == {"function_compute.slow_start": 1}


async def test_what_a_function_started_does_not_outlive_its_instance(watched: Watched) -> None:
    grandchild = int((await watched.host.invoke("starting_programs", b"")).payload)
    await soon(lambda: states(grandchild) == ["T"])
    await watched.host.stop()

    await soon(lambda: states(grandchild) == [])
