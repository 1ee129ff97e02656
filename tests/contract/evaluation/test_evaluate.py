"""`evaluate` against a knowledge server: the example's questions pass, and what goes wrong is said."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from devserver.settings import ROOT
from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.clients import Naps
from rag_on_dingtalk.cli import main
from rag_on_dingtalk.knowledge.evaluation_runs import read_run
from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations
from rag_on_dingtalk.storage.rows.client import Rows
from tests.contract.storage.store import INSTANCE, tablestore
from tests.contract.storage.store import KEY as TABLE_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KEY = "K7Q2M4X-9TB1C3D-ZZ8Y7W6-1A2B3C4"
EXAMPLE = str(ROOT / "examples" / "questions.yaml")
BOTS = """
bots:
  handbook:
    dingtalk: {{client_id: x, client_secret: env:X}}
    backends:
      general: &one
        {{kind: anythingllm, base_url: {url}, api_key: env:RAG_KEY, workspace: handbook, mode: query}}
      gone: {{<<: *one, workspace: nowhere}}
      away: {{<<: *one, base_url: "http://127.0.0.1:1"}}
    routes:
      - {{name: new, use: gone, when: {{percent: 10}}}}
      - {{name: dead, use: away, when: {{percent: 20}}}}
      - {{name: everyone, use: general}}
"""


@pytest.fixture
async def bots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    server = KnowledgeServer(api_key=KEY, faults=FaultBoard(), piece_delay=0, sleep=Naps())
    await server.start()
    path = tmp_path / "bots.yaml"
    path.write_text(BOTS.format(url=server.url), encoding="utf-8")
    monkeypatch.setenv("RAG_KEY", KEY)
    yield str(path)
    await server.stop()


async def run(*arguments: str) -> int:
    """The command in a thread: the server answers in this one."""
    return await asyncio.to_thread(main, ["evaluate", *arguments])


async def test_the_examples_questions_pass(bots: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = await run(EXAMPLE, "--bots", bots, "--route", "everyone")

    said = capsys.readouterr().out
    assert status == 0, said
    assert "everyone: 3 of 3 passed, 0 without an answer" in said


async def test_a_route_that_is_worse_than_another_fails_and_says_why(
    bots: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await run(EXAMPLE, "--bots", bots, "--route", "new", "--against", "everyone")

    said = capsys.readouterr().out
    assert status == 1
    assert "no whole answer: config_target" in said
    assert "3 questions pass by everyone and not by new." in said


async def test_a_server_that_is_away_is_no_wrong_answer_but_no_answer(
    bots: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await run(EXAMPLE, "--bots", bots, "--route", "dead", "--json")

    found = json.loads(capsys.readouterr().out)["dead"]
    assert status == 1
    assert {one["failure"].partition(":")[0] for one in found} == {"unreachable"}
    assert not any(one["passed"] for one in found)


async def test_an_answer_that_takes_too_long_is_told_so(
    bots: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await run(EXAMPLE, "--bots", bots, "--route", "everyone", "--seconds", "0.000001")

    assert status == 1
    assert "no whole answer: deadline" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "The bot has several routes. Give --route one of: new, dead, everyone."),
        (("--route", "evryone"), "There is no route 'evryone'"),
        (("--route", "everyone", "--against", "old"), "There is no route 'old'. Give --against one of"),
        (("--route", "everyone", "--bot", "other"), "There is no bot 'other'"),
        (("--route", "everyone", "--at-once", "0"), "--at-once is 0"),
        (("--route", "everyone", "--seconds", "-1"), "--seconds is -1"),
    ],
)
async def test_what_is_typed_wrongly_gets_a_sentence(
    bots: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert await run(EXAMPLE, "--bots", bots, *arguments) == 1
    assert said in capsys.readouterr().err


async def test_a_run_is_kept_where_the_console_reads_it_and_holds_no_answer(
    bots: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with tablestore() as url:
        for name, value in {
            "TABLESTORE_ENDPOINT": url,
            "TABLESTORE_INSTANCE": INSTANCE,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": TABLE_KEY[0],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": TABLE_KEY[1],
        }.items():
            monkeypatch.setenv(name, value)
        arguments = (EXAMPLE, "--bots", bots, "--route", "everyone", "--against", "new", "--keep", "--json")
        assert await run(*arguments) == 0
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: TABLE_KEY)
        (columns,) = await Evaluations(rows).last("handbook", most=10)
        await rows.close()

    kept = read_run(columns)
    assert kept is not None
    assert kept.file == "questions.yaml"
    assert [(one.route, one.asked, one.passed) for one in kept.routes] == [("everyone", 3, 3), ("new", 3, 0)]
    answers = [one["answer"] for one in json.loads(capsys.readouterr().out)["everyone"]]
    assert all(answer and answer not in str(columns["content"]) for answer in answers)


async def test_where_a_run_cannot_be_kept_it_is_not_begun(
    bots: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TABLESTORE_ENDPOINT", raising=False)

    assert await run(EXAMPLE, "--bots", bots, "--route", "everyone", "--keep") == 1
    assert "TABLESTORE_ENDPOINT" in capsys.readouterr().err
