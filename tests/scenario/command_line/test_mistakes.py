"""`python -m devserver`, called wrongly, says so in one sentence. Here, as starting a process takes 0.6 s."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from devserver.__main__ import main
from tests.scenario.command_line.test_command_line import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int | str | None, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs it with arguments and an environment of their own; exit status, output and error output."""

    def _run(*arguments: str, **environ: str) -> tuple[int | str | None, str, str]:
        wanted = environment(**environ)
        for name in os.environ.keys() - wanted.keys():
            monkeypatch.delenv(name)
        for name, value in wanted.items():
            monkeypatch.setenv(name, value)
        status: int | str | None
        try:
            status = main(arguments)
        except SystemExit as ended:
            status = ended.code
        return status, *capsys.readouterr()

    return _run


def test_an_unknown_fault_is_refused_with_those_there_are(run: Run) -> None:
    status, out, err = run("--fault", "dingtalk.qbs")

    assert (status, out) == (2, "")
    assert "There is no fault named 'dingtalk.qbs'" in err
    assert "dingtalk.qps" in err
    assert len(err.splitlines()) == 1


def test_a_port_that_is_no_number_is_a_usage_error(run: Run) -> None:
    status, _, err = run("--port", "http")

    assert status == 2
    assert "'http' is no port" in err


@pytest.mark.parametrize(
    ("bots", "environ", "sentence"),
    [
        ("bots:\n  handbook: {title: 手册}", {}, "bots.yaml is wrong at bots.handbook"),
        ("", {}, "must begin with `bots:`"),
        (None, {}, "Copy bots.example.yaml there"),
        ("{secret}", {}, "OTHER_SECRET is empty"),
        ("{secret}", {"OTHER_SECRET": "s"}, "infra/s.yaml does not pass OTHER_SECRET on to"),
    ],
)
def test_a_mistake_in_bots_yaml_is_said(
    run: Run, tmp_path: Path, bots: str | None, environ: dict[str, str], sentence: str
) -> None:
    file = tmp_path / "bots.yaml"
    if bots is not None:
        demo = (ROOT / "devserver" / "bots.yaml").read_text(encoding="utf-8")
        secret = demo.replace("env:DINGTALK_CLIENT_SECRET", "env:OTHER_SECRET", 1)
        file.write_text(secret if bots == "{secret}" else bots, encoding="utf-8")
        for kept in ("words", "skills"):
            shutil.copytree(ROOT / "devserver" / kept, tmp_path / kept)
    known = {"ANYTHINGLLM_API_KEY": "k", **environ}
    status, out, err = run("--port", "0", "--data", "", "--bots", str(file), **known)

    assert (status, out) == (1, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_a_real_backend_needs_its_key(run: Run) -> None:
    status, _, err = run("--port", "0", "--data", "", "--backend", "http://127.0.0.1:1")

    assert status == 1
    assert "ANYTHINGLLM_API_KEY is empty" in err
    assert len(err.splitlines()) == 1


def test_a_data_folder_that_is_a_file_is_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    status, _, err = run("--port", "0", "--data", str(file))

    assert status == 1
    assert "--data" in err
    assert len(err.splitlines()) == 1


def test_a_file_of_secrets_that_is_none_is_said(run: Run, tmp_path: Path) -> None:
    status, _, err = run("--kms", str(tmp_path / "nowhere.json"))

    assert status == 1
    assert "nowhere.json cannot be read" in err
    assert len(err.splitlines()) == 1
