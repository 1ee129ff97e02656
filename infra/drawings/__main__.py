"""Write docs/guides/dingtalk/*.svg."""

from __future__ import annotations

from pathlib import Path

from infra.drawings.console import pages

FOLDER = Path(__file__).parents[2] / "docs" / "guides" / "dingtalk"


def main() -> None:
    """Write every drawing."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for page in pages():
        (FOLDER / f"{page.name}.svg").write_text(page.done(), encoding="utf-8")
    print(f"Wrote the drawings in {FOLDER.relative_to(FOLDER.parents[2])}.")  # noqa: T201 - a command's output


if __name__ == "__main__":
    main()
