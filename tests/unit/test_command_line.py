"""What is typed wrongly gets a sentence and exit status 1, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.cli import main

if TYPE_CHECKING:
    from pathlib import Path

BOTS = """
bots:
  a:
    dingtalk: {client_id: x, client_secret: env:X}
    backend: {kind: openai, base_url: http://127.0.0.1:1/v1, api_key: env:X, model: m}
"""


@pytest.fixture
def bots(tmp_path: Path) -> str:
    path = tmp_path / "bots.yaml"
    path.write_text(BOTS, encoding="utf-8")
    return str(path)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence."""
    assert main(list(arguments)) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("output", ["nowhere/bots.json", "."])
def test_an_output_that_cannot_be_written(
    bots: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    assert "--output" in refused(capsys, "compile", bots, "-o", str(tmp_path / output))


def test_an_address_that_is_none(bots: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--url" in refused(capsys, "doctor", "--bots", bots, "--url", "http://[::1")


def test_an_endpoint_that_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TABLESTORE_INSTANCE", "an-instance")
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("TABLESTORE_ENDPOINT", "nonsense")

    assert "'nonsense'" in refused(capsys, "tables", "--create")


@pytest.mark.parametrize(
    "text",
    [
        BOTS + "    texts: {given_up: '{question:d}'}\n",
        BOTS + "    texts: {given_up: '{question!z}'}\n",
        "bots: {a: " + "[" * 5_000 + "]" * 5_000 + "}",
    ],
    ids=["a format", "a conversion", "too deep"],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    path = tmp_path / "bots.yaml"
    path.write_text(text, encoding="utf-8")

    assert refused(capsys, "check", "--offline", str(path))
