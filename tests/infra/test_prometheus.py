"""The files for Prometheus by its own tools, and a real one that scrapes the running system."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
import yaml

from devserver.page.api import console_app
from devserver.page.metrics import TOKEN
from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.serving import hold_port
from tests.busy_machine import patient_bots

if TYPE_CHECKING:
    import socket

PROMETHEUS = Path(__file__).parents[2] / "infra" / "prometheus"
PROMTOOL, SERVER = shutil.which("promtool"), shutil.which("prometheus")
_MISSING = "There is no Prometheus here. On Debian and Ubuntu: apt install prometheus"
_PATIENCE = 120.0

pytestmark = pytest.mark.skipif(not PROMTOOL or not SERVER, reason=_MISSING)


async def promtool(*arguments: str, given: str = "") -> tuple[int | None, str]:
    assert PROMTOOL is not None
    process = await asyncio.create_subprocess_exec(
        PROMTOOL,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate(given.encode())
    return process.returncode, out.decode()


async def test_promtool_takes_the_configuration_and_the_rules_and_the_rules_tests_pass(
    tmp_path: Path,
) -> None:
    for file in PROMETHEUS.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "metrics-token").write_text(TOKEN, encoding="utf-8")

    for arguments in (
        ("check", "config", str(tmp_path / "prometheus.yml")),
        ("check", "rules", str(tmp_path / "rules.yml")),
        ("test", "rules", str(tmp_path / "rules_test.yml")),
    ):
        status, out = await promtool(*arguments)
        assert status == 0, out


async def test_a_rule_that_names_no_function_would_be_refused(tmp_path: Path) -> None:
    rules = (PROMETHEUS / "rules.yml").read_text(encoding="utf-8")
    (tmp_path / "rules.yml").write_text(rules.replace("histogram_quantile", "quantile_of"), encoding="utf-8")

    assert (await promtool("check", "rules", str(tmp_path / "rules.yml")))[0] != 0


async def test_a_real_prometheus_scrapes_the_system_and_counts_what_was_asked(tmp_path: Path) -> None:
    system = LocalSystem(Settings(change_bots=patient_bots, piece_delay=0, qps=None, monthly_calls=None))
    await system.start()
    server = uvicorn.Server(uvicorn.Config(console_app(system, page=False), port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    prometheus: asyncio.subprocess.Process | None = None
    held: socket.socket | None = None
    try:
        for question in ("年假有几天？", "最新的差旅报销标准是什么？", "/help"):
            await _ask(system, question)
        await asyncio.wait_for(_until_started(server), _PATIENCE)
        port = server.servers[0].sockets[0].getsockname()[1]
        address = f"127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=f"http://{address}") as http:
            assert (await http.get("/metrics")).status_code == 401
            page = await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            assert (await http.get("/healthz")).text == "ok\n"
        status, out = await promtool("check", "metrics", given=page.text)
        assert status == 0, out
        held = hold_port()
        free = held.getsockname()[1]
        prometheus = await _started(tmp_path, address, free)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{free}") as http:
            found = await asyncio.wait_for(_scraped(http), _PATIENCE)
            p99 = await _query(http, 'histogram_quantile(0.99, rag_answer_seconds_bucket{bot="handbook"})')
    finally:
        if prometheus is not None:
            prometheus.terminate()
            await prometheus.wait()
        if held is not None:
            held.close()
        server.should_exit = True
        await serving
        await system.stop()

    assert found == {"answered": 2, "commands": 1}
    assert 0 < p99[0]["value"] < 60


async def _ask(system: LocalSystem, question: str) -> None:
    dingtalk = system.dingtalk
    person, robot = dingtalk.person("小明"), dingtalk.robot("handbook")
    await dingtalk.say(
        person=person, conversation=dingtalk.private(person, robot), text=question, robot=robot
    )
    await system.functions.idle()


async def _until_started(server: uvicorn.Server) -> None:
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)


async def _started(folder: Path, target: str, port: int) -> asyncio.subprocess.Process:
    """A Prometheus with the shipped configuration, but for the address and the pace."""
    shutil.copy(PROMETHEUS / "rules.yml", folder)
    (folder / "metrics-token").write_text(TOKEN, encoding="utf-8")
    shipped = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    shipped["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    shipped["scrape_configs"][0] |= {"scheme": "http", "static_configs": [{"targets": [target]}]}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(shipped), encoding="utf-8")
    assert SERVER is not None
    return await asyncio.create_subprocess_exec(
        SERVER,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def _scraped(http: httpx.AsyncClient) -> dict[str, int]:
    while True:
        found = await _query(http, 'rag_questions_total{bot="handbook"}')
        if found:
            return {one["outcome"]: int(one["value"]) for one in found}
        # Another program's next scrape: there is no event to wait for.
        await asyncio.sleep(0.2)


async def _query(http: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    try:
        answer = await http.get("/api/v1/query", params={"query": query})
        results = answer.json()["data"]["result"]
    except (httpx.TransportError, KeyError, ValueError):
        return []
    return [{**one["metric"], "value": float(one["value"][1])} for one in results]
