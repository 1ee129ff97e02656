"""The Python that compiles the zips, and what is refused before anything is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.package import __main__ as command
from infra.package.errors import PackagingError
from infra.package.manifest import read_manifest
from infra.package.wheels import interpreters
from infra.package.wheels.interpreters import find_interpreter, probe


def test_a_program_that_is_no_python_is_none(tmp_path: Path) -> None:
    script = tmp_path / "python3.12"
    script.write_text("#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n")
    script.chmod(0o755)

    assert probe(script) is None
    assert probe(tmp_path / "nothing") is None


def test_a_python_of_another_version_is_not_taken_for_the_right_one(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 3.1.2\necho /python\n")
    script.chmod(0o755)

    with pytest.raises(PackagingError, match=r"is Python 3\.1\.2, but Python 3\.12 is needed"):
        find_interpreter("3.12", given=script)


def test_without_the_wanted_python_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(interpreters, "_candidates", lambda _: iter(()))
    bots = Path(__file__).parents[3] / "devserver" / "bots.yaml"

    assert command.main(["--bots", str(bots), "--output", str(tmp_path), "--python", "3.10"]) == 1

    said = capsys.readouterr().err
    assert "no Python 3.10 here" in said
    assert "--interpreter" in said
    assert "--no-bytecode" in said


def test_without_bots_nothing_is_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--bots", str(tmp_path / "bots.yaml"), "--output", str(tmp_path / "dist")]) == 1

    assert "bots.example.yaml" in capsys.readouterr().err
    assert not (tmp_path / "dist").exists()


def test_a_python_that_function_compute_has_not_is_refused_also_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEPLOY_PYTHON", "3.11")

    with pytest.raises(SystemExit):
        command.main([])

    assert "3.12 or 3.10, not 3.11" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"{", b"{}"])
def test_a_folder_without_a_manifest_holds_no_zips(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)

    with pytest.raises(PackagingError, match="make package"):
        read_manifest(tmp_path)


def test_a_python_of_uvs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "cpython-9.9.1-linux-x86_64-gnu" / "bin" / "python9.9"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 9.9.1\necho {program}\n")
    program.chmod(0o755)
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))

    assert find_interpreter("9.9").path == program


def test_without_it_uv_is_offered() -> None:
    with pytest.raises(PackagingError, match=r"uv python install 9\.9"):
        find_interpreter("9.9")
