"""Write docs/architecture.svg."""

from __future__ import annotations

from pathlib import Path

from infra.architecture.contracts import read_layers
from infra.architecture.picture import draw

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "docs" / "architecture.svg"


def drawn() -> str:
    """The picture as it should be now."""
    functions = sorted(path.parent.name for path in (ROOT / "functions").glob("*/*.py"))
    return draw(read_layers((ROOT / "pyproject.toml").read_text(encoding="utf-8")), functions)


def main() -> None:
    """Write the picture."""
    OUTPUT.write_text(drawn(), encoding="utf-8")
    print(f"Wrote {OUTPUT.relative_to(ROOT)}.")  # noqa: T201 - a command's output


if __name__ == "__main__":
    main()
