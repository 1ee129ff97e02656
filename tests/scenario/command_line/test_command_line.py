"""`python -m devserver`, as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from devserver.command_line.options import every_fault

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[3]
PATIENCE = 120.0


def environment(**more: str) -> dict[str, str]:
    """Nothing of the environment that the tests run in, so that what is missing is missing."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", **more}


async def launch(*arguments: str, **environ: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "devserver", *arguments),
        cwd=ROOT,
        env=environment(**environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Ctrl-C goes to a terminal's whole process group: this one's, not that of the tests.
        start_new_session=True,
    )


async def run(*arguments: str, **environ: str) -> tuple[int | None, str, str]:
    """Exit status, standard output and standard error of one that ends by itself."""
    process = await launch(*arguments, **environ)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def started(*arguments: str, **environ: str) -> AsyncIterator[tuple[Process, httpx.AsyncClient, str]]:
    """A running one, a client of its API, and what it said."""
    process = await launch("--port", "0", *arguments, **environ)
    assert process.stdout is not None
    try:
        said = ""
        while "Ctrl-C" not in said:
            line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
            assert line, (said, await process.communicate())
            said += line.decode()
        url = said.splitlines()[0].split()[-1]
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as api:
            yield process, api, said
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), PATIENCE)


async def ask(api: httpx.AsyncClient, text: str) -> dict[str, Any]:
    """Ask as 小明 in the private chat; what came of it."""
    said = (await api.post("/api/say", json={"person": "小明", "bot": "handbook", "text": text})).json()

    async def answered() -> dict[str, Any]:
        report: dict[str, Any] = {"status": "waiting"}
        while report["status"] == "waiting":
            report = (await api.get(f"/api/turns/{said['turn_id']}")).json()
        return report

    return await asyncio.wait_for(answered(), PATIENCE)


def children_of(parent: int) -> dict[int, str]:
    """Everything it started that still runs: process id → when that started, which no later process has."""
    started_at, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        started_at[int(stat.parent.name)], parents[int(stat.parent.name)] = fields[19], int(fields[1])
    found, next_ones = set(), {parent}
    while next_ones:
        next_ones = {pid for pid, its_parent in parents.items() if its_parent in next_ones}
        found |= next_ones
    return {pid: started_at[pid] for pid in found}


def still_running(processes: dict[int, str]) -> set[int]:
    alive = set()
    for pid, started_at in processes.items():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[19] == started_at and fields[0] != "Z":
            alive.add(pid)
    return alive


async def test_help_lists_every_fault_with_its_sentence() -> None:
    status, out, _ = await run("--help")

    assert status == 0
    assert [kind.name for kind in every_fault().kinds if kind.name not in out] == []
    assert "Each message is pushed twice with the same msgId." in out


async def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, out, err = await run("--port", port, "--data", str(tmp_path))

    assert (status, out) == (1, "")
    assert err.startswith(f"Port {port} is already in use.")
    assert len(err.splitlines()) == 1


async def test_a_mistake_in_bots_yaml_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "bots.yaml"
    file.write_text("bots: [", encoding="utf-8")
    status, out, err = await run("--port", "0", "--data", "", "--bots", str(file))

    assert (status, out) == (1, "")
    assert "is not valid YAML" in err
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1


async def test_it_says_where_it_is_and_what_to_try() -> None:
    async with started("--data", "") as (_, api, said):
        page = await api.get("/")

        assert "text/html" in page.headers["content-type"]
    assert len(said.splitlines()) == 6
    assert "  Console:  http://127.0.0.1:" in said
    assert "最新的差旅报销标准是什么？" in said
    assert "员工手册助手 (handbook)" in said


async def test_without_the_page_there_is_the_api_alone() -> None:
    async with started("--data", "", "--no-console") as (_, api, _):
        statuses = [(await api.get(path)).status_code for path in ("/", "/app.js", "/api/state")]

    assert statuses == [404, 404, 200]


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
async def test_a_signal_ends_everything_quietly(signum: signal.Signals, status: int) -> None:
    async with started("--data", "") as (process, api, _):
        await ask(api, "/help")
        children = children_of(process.pid)
        functions = (await api.get("/api/inspect")).json()["instances"]
        # A page's open event stream must not hold it up.
        async with api.stream("GET", "/api/feed") as feed:
            assert feed.status_code == 200
            os.killpg(process.pid, signum)
            _, err = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert process.returncode == status
    assert err.decode() == ""
    assert {one["pid"] for one in functions} <= set(children)
    assert len(functions) == 2
    assert still_running(children) == set()


async def test_a_restart_with_the_same_data_goes_on_with_its_sessions(tmp_path: Path) -> None:
    async with started("--data", str(tmp_path)) as (_, api, _):
        first = await ask(api, "婚假有几天？")
        before = (await api.get("/api/inspect")).json()["sessions"]
    async with started("--data", str(tmp_path)) as (_, api, _):
        kept = (await api.get("/api/inspect")).json()
        await ask(api, "再婚呢？")
        after = (await api.get("/api/inspect")).json()["sessions"]

    assert first["status"] == "done"
    assert kept["sessions"] == before
    assert [turn["turn_id"] for turn in kept["turns"]] == [first["turn_id"]]
    # The same session, used once more.
    assert [(one["key"], one["ver"]) for one in after] == [(one["key"], one["ver"] + 1) for one in before]


async def test_a_fault_can_be_there_from_the_start_and_the_log_be_printed() -> None:
    async with started("--data", "", "--fault", "knowledge.error_500", "--verbose") as (process, api, _):
        report = await ask(api, "婚假有几天？")
        process.terminate()
        _, err = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert (report["status"], report["failure"]) == ("failed", "upstream")
    assert '"answered"' in err.decode()


async def test_the_secrets_can_be_in_a_local_kms_that_fails_once() -> None:
    async with started("--data", "", "--kms", "--fault", "kms.busy@once", "--verbose") as (process, api, _):
        report = await ask(api, "婚假有几天？")
        process.terminate()
        await asyncio.wait_for(process.communicate(), PATIENCE)

    assert report["status"] == "done"
