"""Runs go on by themselves: they ping, they are stopped, they outlive their listeners."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.clients import wire_client_of
from emulators.tests.contract.rag_server.dify.caller import CHAT, KEY, PATHS, Caller, body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from emulators.faults import FaultBoard

STREAMING = body(response_mode="streaming")


class Gate:
    """Stands for time: every caller that waits, waits until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, _seconds: float) -> None:
        self.reached.set()
        await self.opened.wait()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture(params=["chat"])
async def caller(request: pytest.FixtureRequest, faults: FaultBoard, gate: Gate) -> AsyncIterator[Caller]:
    """Over a real connection; every wait is at the gate."""
    server = KnowledgeServer(api_key=KEY, faults=faults, kind="dify", app=request.param, sleep=gate)
    await server.start()
    async with wire_client_of(server, KEY) as http:
        yield Caller(http, server)
    await server.stop()


async def lines_of(response: httpx.Response) -> AsyncIterator[str]:
    async for line in response.aiter_lines():
        if line:
            yield line


async def stop(caller: Caller, path: str, user: str | None = "u-1") -> httpx.Response:
    return await caller.http.post(f"{path}/stop", json={"user": user})


async def first_event(lines: AsyncIterator[str]) -> dict[str, Any]:
    # On a slow machine a ping comes first.
    while not (line := await anext(lines)).startswith("data: "):
        pass
    event: dict[str, Any] = json.loads(line.removeprefix("data: "))
    return event


async def rest(lines: AsyncIterator[str]) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) async for line in lines if line.startswith("data: ")]


async def test_silence_is_filled_with_pings_that_have_no_data(
    caller: Caller, faults: FaultBoard, gate: Gate
) -> None:
    faults.switch_on("knowledge.stall")
    faults.switch_on("knowledge.dify.ping", value="0.01")
    async with caller.http.stream("POST", CHAT, json=STREAMING) as response:
        lines = lines_of(response)
        assert [await anext(lines), await anext(lines)] == ["event: ping", "event: ping"]
        gate.opened.set()
        assert (await rest(lines))[-1]["event"] == "message_end"


async def test_a_stopped_chat_ends_as_if_it_were_complete(caller: Caller) -> None:
    async with caller.http.stream("POST", CHAT, json=STREAMING) as response:
        lines = lines_of(response)
        first = await first_event(lines)
        assert (await stop(caller, f"{CHAT}/{first['task_id']}")).json() == {"result": "success"}
        assert [event["event"] for event in await rest(lines)] == ["message_end"]
    query = {"user": "u-1", "conversation_id": first["conversation_id"]}
    [stored] = (await caller.http.get("/v1/messages", params=query)).json()["data"]
    assert stored["answer"] == first["answer"]


@pytest.mark.parametrize(
    ("caller", "ends"),
    [("chatflow", ["workflow_finished", "message_end"]), ("workflow", ["workflow_finished"])],
    indirect=["caller"],
)
async def test_a_stopped_flow_says_so(caller: Caller, ends: list[str]) -> None:
    path = CHAT if len(ends) == 2 else PATHS["workflow"]
    task_path = CHAT if len(ends) == 2 else "/v1/workflows/tasks"
    async with caller.http.stream("POST", path, json=STREAMING) as response:
        lines = lines_of(response)
        first = await first_event(lines)
        # Any user may stop a workflow.
        await stop(caller, f"{task_path}/{first['task_id']}", "u-1" if len(ends) == 2 else "u-2")
        events = await rest(lines)
    assert [event["event"] for event in events][-len(ends) :] == ends
    [finished] = [event for event in events if event["event"] == "workflow_finished"]
    assert finished["data"]["status"] == "stopped"


async def test_another_user_stops_nothing_and_is_told_the_same(caller: Caller, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.dify.ping", value="0.01")
    async with caller.http.stream("POST", CHAT, json=STREAMING) as response:
        lines = lines_of(response)
        task = (await first_event(lines))["task_id"]
        for path, user in ((f"{CHAT}/{task}", "u-2"), (f"{CHAT}/t-unknown", "u-1")):
            assert (await stop(caller, path, user)).json() == {"result": "success"}
        assert await anext(lines) == "event: ping"
        assert (await stop(caller, f"{CHAT}/{task}", None)).status_code == 400


@pytest.mark.parametrize("caller", ["agent"], indirect=True)
async def test_a_hung_run_only_pings_until_it_is_stopped(caller: Caller, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.dify.hung")
    faults.switch_on("knowledge.dify.ping", value="0.01")
    async with caller.http.stream("POST", CHAT, json=STREAMING) as response:
        lines = lines_of(response)
        task = (await first_event(lines))["task_id"]
        heard = ""
        while heard != "event: ping":
            heard = await anext(lines)
        await stop(caller, f"{CHAT}/{task}")
        assert (await rest(lines))[-1]["event"] == "message_end"


async def test_a_run_goes_on_when_nobody_listens(caller: Caller, gate: Gate) -> None:
    async with caller.http.stream("POST", CHAT, json=STREAMING) as response:
        first = await first_event(lines_of(response))
    gate.opened.set()
    query = {"user": "u-1", "conversation_id": first["conversation_id"]}
    stored: list[dict[str, Any]] = []
    while not stored:
        stored = (await caller.http.get("/v1/messages", params=query)).json()["data"]
    assert len(stored[0]["answer"]) > len(first["answer"])


async def test_a_server_that_ends_ends_its_runs(
    caller: Caller, gate: Gate, capfd: pytest.CaptureFixture[str]
) -> None:
    async with caller.http.stream("POST", CHAT, json=STREAMING) as response:
        await first_event(lines_of(response))
        await gate.reached.wait()
        await caller.server.stop()
    assert capfd.readouterr().err == ""
