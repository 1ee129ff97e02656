"""`python -m devserver.ask`, with a local system that runs and without one."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import pytest_asyncio

from devserver.page import console_app
from emulators.dingtalk import Person
from emulators.serving import LoopbackServer, hold_port
from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uvicorn._types import ASGIApplication

    from devserver.system import LocalSystem

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[3]
TRAVEL = "最新的差旅报销标准是什么？"


async def ask(*arguments: str) -> tuple[int | None, str, str]:
    """Exit status, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "devserver.ask", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60.0)
    return process.returncode, out.decode(), err.decode()


@pytest_asyncio.fixture(loop_scope="session")
async def port(system: LocalSystem) -> AsyncIterator[str]:
    """Where the running system's console is."""
    server = LoopbackServer(cast("ASGIApplication", console_app(system, page=False)))
    await server.start()
    yield str(server.port)
    await server.stop()


async def test_the_answer_is_printed_with_its_sources(port: str) -> None:
    status, out, err = await ask("--port", port, TRAVEL)

    assert status == 0
    assert "差旅报销标准速览" in out
    assert "差旅报销标准（2026 版）" in out.split("**来源**")[1]
    assert err.startswith("Answered in ")


async def test_json_tells_every_frame_and_ends_with_the_outcome(port: str) -> None:
    status, out, _ = await ask("--port", port, "--json", TRAVEL)
    asked, *frames, end = [json.loads(line) for line in out.splitlines()]

    assert status == 0
    assert (asked["event"], asked["delivered"]) == ("asked", True)
    assert {frame["event"] for frame in frames} == {"frame"}
    assert [frame["kind"] for frame in frames][-1] == "finalize"
    assert frames[-1]["text"].startswith(end["answer"])
    assert (end["event"], end["status"], end["turn_id"]) == ("end", "done", asked["turn_id"])
    assert "差旅报销标准（2026 版）" in end["citations"][0]["title"]


async def test_a_reply_without_a_card_is_printed_too(port: str) -> None:
    status, out, err = await ask("--port", port, "/help")

    assert status == 0
    assert "我是员工手册助手" in out
    assert "by webhook, 0 API calls" in err


async def test_a_failed_answer_is_told_by_the_exit_status(system: LocalSystem, port: str) -> None:
    # Twice: a backend that fails before its first word is asked once more.
    system.faults.switch_on("knowledge.error_500", count=2)
    status, out, err = await ask("--port", port, TRAVEL)

    assert status == 1
    assert out == texts.Texts("zh").failure(FailureKind.UPSTREAM) + "\n"
    assert err == "The answer failed: upstream.\n"


async def test_a_question_that_was_not_queued_has_failed(system: LocalSystem, port: str) -> None:
    system.faults.switch_on("function_compute.away", count=1)
    status, out, err = await ask("--port", port, TRAVEL)

    assert status == 1
    assert texts.Texts("zh").say("not_queued") in out
    assert "did not queue" in err


async def test_waiting_ends_after_the_timeout(system: LocalSystem, port: str) -> None:
    system.faults.switch_on("knowledge.stall", value="2", count=1)
    status, _, err = await ask("--port", port, "--timeout", "0.2", TRAVEL)

    assert status == 1
    assert "--timeout" in err


async def test_who_asks_whom_and_where_can_be_chosen(system: LocalSystem, port: str) -> None:
    person = system.dingtalk.add_person(Person(nick="提问者", staff_id="asker0001"))
    group = system.dingtalk.add_group("提问群", [person])
    status, _, _ = await ask(
        "--port", port, "--as", person.nick, "--group", group.title, "--bot", "team", "婚假有几天？"
    )

    assert status == 0
    assert [message.sender for message in group.messages] == [person]
    assert [card.robot.name for card in group.cards] == ["team"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--bot", "nobody", TRAVEL], "There is: handbook, team."),
        (["--as", "没有这个人", TRAVEL], "没有这个人"),
        (["--group", "没有这个群", TRAVEL], "没有这个群"),
        ([], "question"),
    ],
)
async def test_asking_wrongly_is_a_usage_error(port: str, arguments: list[str], sentence: str) -> None:
    status, out, err = await ask("--port", port, *arguments)

    assert (status, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


async def test_without_a_running_system_one_is_started_for_the_question() -> None:
    with hold_port() as unused:
        port = str(unused.getsockname()[1])
        status, out, err = await ask("--port", port, "--json", "婚假有几天？")

    assert status == 0
    assert json.loads(out.splitlines()[-1])["status"] == "done"
    assert f"No local system answers on port {port}" in err
