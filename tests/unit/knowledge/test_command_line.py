from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from local.faults import FaultBoard
from local.knowledge import declare_every_fault
from local.knowledge.__main__ import DEMO_KEY, build_parser, main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_help_names_every_fault_and_shows_a_call() -> None:
    board = FaultBoard()
    declare_every_fault(board)
    text = build_parser().format_help()
    assert len(board.kinds) > 8
    assert all(kind.name in text for kind in board.kinds)
    assert f"Bearer {DEMO_KEY}" in text


def test_a_misspelt_fault_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["knowledge", "--port", "0", "--fault", "knowledge.bussy"])
    assert main() == 2
    assert "knowledge.busy" in capsys.readouterr().err


def test_a_taken_port_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr("sys.argv", ["knowledge", "--port", str(taken.getsockname()[1])])
        assert main() == 2
    assert "already in use" in capsys.readouterr().err


def test_an_empty_handbook_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["knowledge", "--handbook", str(tmp_path)])
    assert main() == 2
    assert "Markdown documents" in capsys.readouterr().err


def test_a_history_that_cannot_be_opened_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["knowledge", "--history", str(tmp_path / "nowhere" / "chats.sqlite")])
    assert main() == 2
    assert "in a folder that exists" in capsys.readouterr().err


def test_a_model_server_without_a_model_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.delenv("OPENAI_MODEL", raising=False)
    monkeypatch.setattr("sys.argv", ["knowledge"])
    assert main() == 2
    assert "OPENAI_MODEL" in capsys.readouterr().err


def test_an_app_that_the_product_does_not_have_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["knowledge", "--kind", "dify", "--app", "bot"])
    assert main() == 2
    assert "Its apps are: chat, agent" in capsys.readouterr().err
