"""`export`: everything people said leaves the tables whole, before they go."""

from __future__ import annotations

import asyncio
import json
import stat
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk import cli
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.tables import FEEDBACK
from rag_on_dingtalk.storage.turns.feedback import Feedback, Verdict
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

#: More than one page of the export.
MANY = 1_203


def _verdict(number: int) -> Verdict:
    return Verdict(f"t{number:05}", "user0001", "handbook", number % 2 == 0, f"理由 {number}", number)


async def _export(monkeypatch: pytest.MonkeyPatch, url: str, *arguments: str) -> int:
    for name, value in {
        "TABLESTORE_ENDPOINT": url,
        "TABLESTORE_INSTANCE": INSTANCE,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY[0],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY[1],
    }.items():
        monkeypatch.setenv(name, value)
    return await asyncio.to_thread(cli.main, ["export", *arguments])


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def test_every_row_is_written_over_all_pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with tablestore() as url:
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        feedback = Feedback(rows)
        for start in range(0, MANY, 50):
            batch = range(start, min(start + 50, MANY))
            await asyncio.gather(*(feedback.give(_verdict(number)) for number in batch))
        await rows.close()

        assert await _export(monkeypatch, url, "feedback", "--output", str(tmp_path / "out.jsonl")) == 0

    written = _read(tmp_path / "out.jsonl")
    assert [row["turn_id"] for row in written] == [f"t{number:05}" for number in range(MANY)]
    assert written[7] == {
        "table": FEEDBACK.name,
        "turn_id": "t00007",
        "user": "user0001",
        "bot": "handbook",
        "liked": False,
        "reason": "理由 7",
        "given_ms": 7,
    }


async def test_without_a_name_it_is_what_people_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with tablestore() as url:
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        await Feedback(rows).give(_verdict(1))
        await rows.close()

        assert await _export(monkeypatch, url, "--output", str(tmp_path / "out.jsonl")) == 0

    assert [row["table"] for row in _read(tmp_path / "out.jsonl")] == ["feedback"]


async def test_the_file_is_for_its_owner_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with tablestore() as url:
        await _export(monkeypatch, url, "--output", str(tmp_path / "out.jsonl"))

    assert stat.S_IMODE((tmp_path / "out.jsonl").stat().st_mode) == 0o600


async def test_a_file_that_exists_is_not_overwritten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out.jsonl").write_text("kept", encoding="utf-8")
    async with tablestore() as url:
        assert await _export(monkeypatch, url, "--output", str(tmp_path / "out.jsonl")) == 1

    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "kept"
    assert "Name a new file" in capsys.readouterr().err


async def test_a_table_that_does_not_exist_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _export(monkeypatch, "http://127.0.0.1:1", "replies") == 1
    assert "no table replies" in capsys.readouterr().err


async def test_a_missing_table_is_an_error_and_not_an_empty_export(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with tablestore(tables=()) as url:
        assert await _export(monkeypatch, url) == 1

    assert capsys.readouterr().err
