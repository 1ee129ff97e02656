"""The folder that `s registry publish` takes: publish.yaml with its form, and below src/ this repository.

Source: npm `@serverless-devs/s` 3.1.10, `s init`: `src/` is copied; a file called `….stpl` is filled in with
the form's answers and loses that ending; the application is deployed with the s.yaml at its root.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

#: infra/s.yaml names files from its own folder; at the root they are elsewhere.
_MOVED = (("plugin: ./package/hook", "plugin: ./infra/package/hook"), ("code: ../dist/", "code: ./dist/"))


def build(folder: Path) -> Path:
    """Make the folder anew, from what git knows.

    Raises:
        OSError: it cannot be written.
        ValueError: infra/s.yaml names its files otherwise than expected.
    """
    if folder.exists():
        shutil.rmtree(folder)
    source = folder / "src"
    for name in _tracked():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    (source / "s.yaml").write_text(root_s_yaml(), encoding="utf-8")
    shutil.copy2(HERE / "src" / "env.example", source / ".env.stpl")
    shutil.copy2(HERE / "publish.yaml", folder / "publish.yaml")
    shutil.copy2(ROOT / "README.md", folder / "readme.md")
    return folder


def root_s_yaml() -> str:
    """infra/s.yaml for the root of an application.

    Raises:
        ValueError: as for `build`.
    """
    text = (ROOT / "infra" / "s.yaml").read_text(encoding="utf-8")
    for old, new in _MOVED:
        if old not in text:
            raise ValueError(f"infra/s.yaml does not say {old!r} any more. Correct _MOVED.")
        text = text.replace(old, new)
    return text


def _tracked() -> list[str]:
    """Everything that git knows, without what only this repository's developers need."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git, wherever it is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return [
        name
        for name in listed
        if name and not name.startswith((".ci/", "tests/")) and (ROOT / name).is_file()
    ]
