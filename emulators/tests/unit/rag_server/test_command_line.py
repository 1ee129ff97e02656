from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from emulators.faults import FaultBoard
from emulators.rag_server import declare_every_fault
from emulators.rag_server.__main__ import DEMO_KEY, build_parser, main

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.mark.parametrize(
    ("arguments", "versions"),
    [
        (["--kind", "dify"], "Dify (chat) cannot be of version 'typo'. It can be: 0.6, 0.15, 1.12, 1.13."),
        (["--kind", "anythingllm"], "It can be: 1.8, 1.11, 1.12, 1.16."),
        (["--kind", "openai", "--app", "fastgpt"], "FastGPT cannot be of version 'typo'. It can be: 4.8,"),
        (["--kind", "bailian"], "There is one version of it only."),
    ],
)
def test_a_version_that_the_server_cannot_be_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], versions: str
) -> None:
    monkeypatch.setattr("sys.argv", ["knowledge", *arguments, "--backend-version", "typo"])
    assert main() == 2
    assert versions in capsys.readouterr().err


def test_the_help_names_every_version() -> None:
    text = " ".join(build_parser().format_help().split())
    assert "anythingllm: 1.8, 1.11, 1.12, 1.16; dify: 0.6, 0.15, 1.12, 1.13;" in text
    assert "FastGPT: 4.8, 4.9, 4.18; RAGFlow: 0.24, 0.25, 0.26" in text
