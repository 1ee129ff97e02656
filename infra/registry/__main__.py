"""`python -m infra.registry [folder]`: build the template, by default into dist/registry."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.registry.build import ROOT, build

if __name__ == "__main__":
    made = build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "registry")
    print(f"{made}: publish it with `s registry publish` there.")  # noqa: T201 - a command's output
