"""Sessions: made by the cloud, an hour and fifty turns long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.bailian.caller import KEY, PATH, ask
from emulators.tests.contract.rag_server.clients import FOLLOW_UP, TRAVEL_QUESTION, client_of

if TYPE_CHECKING:
    import httpx

    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.clients import Naps


async def test_a_session_goes_on_by_its_id(http: httpx.AsyncClient) -> None:
    first = await ask(http, "年终奖怎么算")
    second = await ask(http, "什么时候发？", session_id=first["session_id"])
    assert second["session_id"] == first["session_id"]
    assert "年终奖" in second["text"]
    other = await ask(http, "什么时候发？")
    assert other["session_id"] != first["session_id"]
    assert "年终奖" not in other["text"]


@pytest.mark.parametrize("session", ["nobody-knows", "another-apps"])
async def test_an_unknown_session_is_a_new_context_with_a_new_id(
    http: httpx.AsyncClient, session: str
) -> None:
    if session == "another-apps":
        body = {"input": {"prompt": "VPN 怎么连"}}
        session = (await http.post("/api/v1/apps/it/completion", json=body)).json()["output"]["session_id"]
    assert (await ask(http, session_id=session))["session_id"] != session


async def test_a_session_lives_an_hour_after_its_last_turn(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, naps: Naps, faults: FaultBoard
) -> None:
    clock = [1_772_000_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    server = KnowledgeServer(api_key=KEY, faults=faults, kind="bailian", piece_delay=0, sleep=naps)
    async with client_of(server, KEY) as client:
        session = (await ask(client))["session_id"]
        for minutes, alive in ((59, True), (59, True), (61, False)):
            clock[0] += minutes * 60
            assert ((await ask(client, FOLLOW_UP, session_id=session))["session_id"] == session) is alive
    await server.stop()


async def test_a_session_has_fifty_turns(http: httpx.AsyncClient) -> None:
    session = (await ask(http))["session_id"]
    for _ in range(49):
        assert (await ask(http, session_id=session))["session_id"] == session
    assert (await ask(http, session_id=session))["session_id"] != session


async def test_a_session_that_is_over_can_be_an_error_instead(
    http: httpx.AsyncClient, faults: FaultBoard
) -> None:
    session = (await ask(http))["session_id"]
    faults.switch_on("knowledge.bailian.session_expired", count=1)
    assert (await ask(http, session_id=session))["session_id"] != session
    faults.switch_on("knowledge.bailian.session_refused", count=1)
    response = await http.post(PATH, json={"input": {"prompt": "年假", "session_id": session}})
    assert (response.status_code, response.json()["code"]) == (400, "InvalidParameter")


async def test_messages_win_over_the_session(http: httpx.AsyncClient) -> None:
    session = (await ask(http, "年终奖怎么算"))["session_id"]
    messages = [
        {"role": "user", "content": TRAVEL_QUESTION},
        {"role": "assistant", "content": "看手册。"},
        {"role": "user", "content": FOLLOW_UP},
    ]
    output = await ask(http, "", messages=messages, session_id=session)
    assert "员工为 600 元" in output["text"]
    assert output["session_id"] != session
