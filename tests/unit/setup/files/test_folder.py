"""Files are replaced whole, and those with secrets are their owner's only."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.files import folder
from rag_on_dingtalk.setup.files.drafts import shown

if TYPE_CHECKING:
    from collections.abc import Callable


def draft(path: Path, after: str, *, secret: bool = True) -> folder.Draft:
    before = folder.read(path)
    return folder.Draft(path, before, after, secret=secret, lines=())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_one_with_secrets_are_the_owners_only(tmp_path: Path) -> None:
    old = tmp_path / ".env"
    old.write_text("X=1\n", encoding="utf-8")
    old.chmod(0o664)
    for path, secret in ((old, True), (tmp_path / "bots.yaml", False)):
        folder.write(draft(path, "new\n", secret=secret))

        assert path.read_text(encoding="utf-8") == "new\n"
        assert mode(path) == 0o600


def test_a_file_without_secrets_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "bots.yaml"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)

    folder.write(draft(path, "new", secret=False))

    assert mode(path) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target, link = tmp_path / "kept" / "env", tmp_path / ".env"
    target.write_text("X=1\n", encoding="utf-8")
    link.symlink_to(target)

    folder.write(draft(link, "X=2\n"))

    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "X=2\n"


def test_a_write_that_fails_leaves_the_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".env"
    path.write_text("X=1\n", encoding="utf-8")

    def full(_: object, __: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(ConfigurationError, match="No space left"):
        folder.write(draft(path, "X=2\n"))
    assert path.read_text(encoding="utf-8") == "X=1\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_bytes(b"\xff")])
def test_what_is_no_text_is_refused_with_its_name(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / ".env")

    with pytest.raises(ConfigurationError, match=r"\.env cannot be read"):
        folder.read(tmp_path / ".env")


def test_a_mode_alone_is_a_change_that_is_shown(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("X=1\n", encoding="utf-8")
    path.chmod(0o644)
    same = draft(path, "X=1\n")

    assert any("mode 600" in line for line in shown(same))
    folder.write(same)
    assert list(shown(draft(path, "X=1\n"))) == [f"✓ {path}: nothing to change."]
