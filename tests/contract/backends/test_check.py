"""`python -m rag_on_dingtalk check`: one sentence a finding, and a status a script can use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.cli import main
from rag_on_dingtalk.testing.scripted import body, stream
from tests.contract.backends.dialects.anythingllm import AnythingLLMDialect

if TYPE_CHECKING:
    from pathlib import Path

    from rag_on_dingtalk.testing.scripted import ScriptedServer

SAYS = AnythingLLMDialect()

BOTS = """
bots:
  handbook:
    title: 手册
    dingtalk: {{client_id: ding1, client_secret: env:DINGTALK_CLIENT_SECRET}}
    backend: {{kind: anythingllm, base_url: "{url}", api_key: env:KB_KEY, workspace: handbook, {more}}}
"""


def bots_file(folder: Path, url: str, more: str = "") -> str:
    file = folder / "bots.yaml"
    file.write_text(BOTS.format(url=url, more=more), encoding="utf-8")
    return str(file)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGTALK_CLIENT_SECRET", "s")
    monkeypatch.setenv("KB_KEY", SAYS.key)


def well(server: ScriptedServer) -> None:
    for document in ('{"online": true}', '{"authenticated": true}', '{"workspace": [{"slug": "handbook"}]}'):
        server.will(body(200, document))


async def check(*arguments: str) -> int:
    # The command runs an event loop of its own, and the server needs this one.
    return await asyncio.to_thread(main, ["check", *arguments])


async def test_a_bot_that_is_well_is_said_to_be_so(
    tmp_path: Path, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    well(server)

    status = await check(bots_file(tmp_path, server.url))

    out = capsys.readouterr().out.splitlines()
    assert status == 0
    assert out[0] == f"handbook: 手册, {server.url}, callback path /robot/handbook"
    assert len(out) == 4
    assert all(line.startswith("handbook: ok. ") for line in out[1:])


async def test_nothing_is_asked_unless_it_is_said(tmp_path: Path, server: ScriptedServer) -> None:
    well(server)

    await check(bots_file(tmp_path, server.url))

    assert not any("chat" in request.path for request in server.received)


@pytest.mark.parametrize(("more", "question"), [([], "你好"), (["怎么补卡？"], "怎么补卡？")])
async def test_with_ask_a_question_is_asked(
    more: list[str],
    question: str,
    tmp_path: Path,
    server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    well(server)
    server.will(stream([SAYS.text("您"), SAYS.text("好"), SAYS.end()]))

    status = await check(bots_file(tmp_path, server.url), "--ask", *more)

    assert status == 0
    assert "in pieces" in capsys.readouterr().out.splitlines()[-1]
    assert SAYS.asked(server.received[-1].body) == question
    assert server.received[-1].body["sessionId"].startswith("check-")


async def test_a_bot_that_is_ill_makes_the_command_fail(
    tmp_path: Path, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.will(body(200, '{"online": true}'))
    server.will(body(403, '{"error": "No valid api key found."}'))

    status = await check(bots_file(tmp_path, server.url), "--ask")

    out = capsys.readouterr().out.splitlines()
    assert status == 1
    assert out[-1].startswith("handbook: WRONG. AnythingLLM answered 403")
    assert SAYS.key not in "".join(out)


async def test_missing_secrets_are_named_and_the_rest_is_not_tried(
    tmp_path: Path,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("DINGTALK_CLIENT_SECRET")
    monkeypatch.delenv("KB_KEY")

    status = await check(bots_file(tmp_path, server.url))

    out = capsys.readouterr().out
    assert status == 1
    assert "WRONG. dingtalk.client_secret: The environment variable DINGTALK_CLIENT_SECRET is empty" in out
    assert "WRONG. backend.api_key: The environment variable KB_KEY is empty" in out
    assert server.received == []


async def test_a_connection_that_cannot_be_made_is_named(
    tmp_path: Path, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await check(bots_file(tmp_path, server.url, "connection: {ca_file: /nowhere.pem}"))

    assert status == 1
    assert "WRONG. backend.connection.ca_file /nowhere.pem cannot be used" in capsys.readouterr().out


async def test_offline_only_the_file_is_read(
    tmp_path: Path,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("KB_KEY")

    assert await check(bots_file(tmp_path, server.url), "--offline") == 0
    assert await check(bots_file(tmp_path, "no-url"), "--offline") == 1
    assert "base_url" in capsys.readouterr().err
    assert server.received == []
