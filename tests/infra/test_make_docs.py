"""`make docs` changes nothing: whatever it writes is committed as it writes it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: A file that each of the commands writes.
WRITTEN = {
    "-m infra.settings": "docs/settings.md",
    "-m infra.events": "docs/events.md",
    "-m infra.grafana": "infra/grafana/rag-on-dingtalk.json",
    "-m infra.logs": "infra/logs/index.json",
    "infra/terraform/tables.py": "infra/terraform/tables.json",
    "infra/terraform/document.py": "docs/terraform.md",
    "-m infra.dingtalk.template": "infra/dingtalk/card-template.json",
    "-m infra.drawings": "docs/guides/dingtalk/app.svg",
    "-m infra.architecture": "docs/architecture.svg",
    "-m infra.badges": "docs/badges/version.svg",
    "-m tests.journey": "docs/architecture.md",
    "-m infra.twins": "docs/security.zh-CN.md",
    "-m tests.bench.cost_plot": "docs/cost.svg",
}
#: A table in a document that is otherwise written by hand: this piece of it is damaged.
PIECES = {
    "docs/architecture.md": (b"| `do` |", b"| `old` |"),
    "docs/security.zh-CN.md": (b"| `tests/unit/", b"| `tests/old/"),
}


def commands() -> list[str]:
    """What the goal `docs` runs, without the interpreter."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^docs:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    return [line.strip().removeprefix("@$(BIN)/python ") for line in recipe[1].splitlines()]


def checkout(folder: Path) -> list[Path]:
    """A copy of what git knows; names relative to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git, wherever it is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return names


def damaged(name: str, content: bytes) -> bytes:
    """What the generator has to mend."""
    return content.replace(*PIECES[name]) if name in PIECES else content + b"old"


def test_every_generator_writes_what_is_committed(tmp_path: Path) -> None:
    assert set(commands()) == set(WRITTEN)
    before = {name: (ROOT / name).read_bytes() for name in checkout(tmp_path)}
    # Whatever is not written again is noticed, too.
    for name in WRITTEN.values():
        (tmp_path / name).write_bytes(damaged(name, before[Path(name)]))
    # The copy's own library stands before the one that is installed.
    environ = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{tmp_path / 'layers' / 'common'}"}
    for command in commands():
        subprocess.run([sys.executable, *command.split()], cwd=tmp_path, env=environ, check=True)

    now = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    changed = {name for name in before if (tmp_path / name).read_bytes() != before[name]}
    assert sorted(map(str, changed)) == [], "Run `make docs` and commit what it writes."
    assert {name for name in now - set(before) if "__pycache__" not in name.parts} == set()
