"""`canary`: the same as in the chat, from a terminal, over the real SDK."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from rag_on_dingtalk.cli import main
from rag_on_dingtalk.models.experiments import ExperimentStatus
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.storage.journal.audit import Audit
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.shared.experiments import Experiments
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOTS = """
bots:
  handbook:
    dingtalk: {client_id: x, client_secret: env:X}
    backends:
      a: &one {kind: openai, base_url: "http://127.0.0.1:1/v1", api_key: env:X, model: m}
      b: *one
    routes:
      - {name: new, use: b, when: {percent: 10}}
      - {name: group, use: b, when: {groups: [cidA]}, experiment: tested}
      - {name: everyone, use: a}
  plain:
    dingtalk: {client_id: y, client_secret: env:X}
    backend: *one
"""


@pytest_asyncio.fixture
async def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rows]:
    path = tmp_path / "bots.yaml"
    path.write_text(BOTS, encoding="utf-8")
    async with tablestore() as url:
        environ = {
            "BOTS_FILE": str(path),
            "TABLESTORE_ENDPOINT": url,
            "TABLESTORE_INSTANCE": INSTANCE,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY[0],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY[1],
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        opened = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        yield opened
        await opened.close()


async def canary(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = await asyncio.to_thread(main, ["canary", *arguments])
    said = capsys.readouterr()
    return status, said.out + said.err


async def test_an_experiment_is_compared_stopped_and_started_from_a_terminal(
    rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    event = QuestionEvent(turn_id="t1", bot="handbook", asked_ms=1, outcome="answered", arm="new:canary")
    await Questions(rows).remember(event)

    status = await canary(capsys, "--bot", "handbook")
    stopped = await canary(capsys, "stop", "new", "--bot", "handbook")
    again = await canary(capsys, "stop", "new", "--bot", "handbook")
    row = (await Experiments(rows).of("handbook"))["new"]
    started = await canary(capsys, "start", "new", "--bot", "handbook")
    today = day_of(row.status.at_ms)
    acts = [str(one.columns["act"]) async for one in Audit(rows).between("handbook", today, today)]

    assert status[0] == 0
    assert "Canary new: running" in status[1]
    assert "canary 1, stable 0" in status[1]
    assert "Canary tested: running" in status[1]
    assert "new is stopped, on every instance within 20 seconds." in stopped[1]
    assert "already" in again[1]
    assert row.status == ExperimentStatus(state="stopped", by=KEY[0], at_ms=row.status.at_ms)
    assert "new is running" in started[1]
    assert acts == ["canary.stopped", "canary.started"]


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--bot", "other"), "There is no bot 'other'"),
        (("--bot", "plain"), "has no experiment"),
        (("status", "old", "--bot", "handbook"), "There is: new, tested"),
        (("promote", "--bot", "handbook"), "Say which experiment"),
    ],
)
async def test_what_is_typed_wrongly_gets_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    status, told = await canary(capsys, *arguments)

    assert status == 1
    assert said in told
