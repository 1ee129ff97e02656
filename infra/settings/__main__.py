"""Writes docs/settings.md and its Chinese twin: `python -m infra.settings`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from infra.settings.document import page
from infra.settings.environment import Variables, variables

ROOT = Path(__file__).parents[2]


def documents(root: Path = ROOT) -> dict[Path, str]:
    """What each file ought to hold now."""
    known = _variables(root)
    return {
        root / "docs" / "settings.md": page("en", known),
        root / "docs" / "settings.zh-CN.md": page("zh", known),
    }


def s_yaml_and_extension(root: Path = ROOT) -> dict[str, Any]:
    """infra/s.yaml with the console among its resources, and infra/s.vpc.yaml under the key `extension`."""
    s_yaml, extension, console = (
        yaml.safe_load((root / "infra" / name).read_text(encoding="utf-8"))
        for name in ("s.yaml", "s.vpc.yaml", "answer_functions/console.yaml")
    )
    return {**s_yaml, "resources": {**s_yaml["resources"], "console": console}, "extension": extension}


def _variables(root: Path) -> Variables:
    s_yaml = s_yaml_and_extension(root)
    files = sorted(file for folder in ("layers", "functions") for file in (root / folder).rglob("*.py"))
    return variables(s_yaml, (file.read_text(encoding="utf-8") for file in files))


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
        print(f"Wrote {path.relative_to(ROOT)}.")  # noqa: T201 - a command's output
