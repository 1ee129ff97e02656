"""Writes docs/settings.md, its Chinese twin and the READMEs' short tables: `python -m infra.settings`."""

from __future__ import annotations

from pathlib import Path

import yaml

from infra.settings.document import page, short_table
from infra.settings.environment import Variables, variables
from infra.settings.readme import replaced

ROOT = Path(__file__).parents[2]


def documents(root: Path = ROOT) -> dict[Path, str]:
    """What each file ought to hold now."""
    known = _variables(root)
    return {
        root / "docs" / "settings.md": page("en", known),
        root / "docs" / "settings.zh-CN.md": page("zh", known),
        root / "README.md": replaced((root / "README.md").read_text(encoding="utf-8"), short_table("en")),
        root / "README.zh-CN.md": replaced(
            (root / "README.zh-CN.md").read_text(encoding="utf-8"), short_table("zh")
        ),
    }


def _variables(root: Path) -> Variables:
    s_yaml = yaml.safe_load((root / "infra" / "s.yaml").read_text(encoding="utf-8"))
    files = sorted(file for folder in ("layers", "functions") for file in (root / folder).rglob("*.py"))
    return variables(s_yaml, (file.read_text(encoding="utf-8") for file in files))


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
        print(f"Wrote {path.relative_to(ROOT)}.")  # noqa: T201 - a command's output
