from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from emulators.rag_server.answering.history import History, Session
from emulators.tests.contract.rag_server.anythingllm.visitor import API_KEY, wire_client_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("end", "kept"), [("chat", []), ("stream-chat", ["根据《休"])])
async def test_stopping_amid_an_answer_is_quiet_and_keeps_what_was_streamed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], end: str, kept: list[str]
) -> None:
    first_piece = asyncio.Event()

    async def stand_still(_seconds: float) -> None:
        first_piece.set()
        await asyncio.Event().wait()

    path = tmp_path / "chats.sqlite"
    server = KnowledgeServer(api_key=API_KEY, faults=FaultBoard(), history=path, sleep=stand_still)
    await server.start()
    async with wire_client_of(server) as http:
        body = {"message": "年假几天", "mode": "query", "sessionId": "s"}
        asked = asyncio.create_task(http.post(f"/api/v1/workspace/handbook/{end}", json=body))
        await first_piece.wait()
        await server.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            await asked
    history = History(path)
    assert [turn.answer for turn in history.window(Session("handbook", "s"), 20)] == kept
    history.close()
    assert capfd.readouterr().err == ""
