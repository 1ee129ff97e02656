"""`python -m infra.badges` writes docs/badges: the Pythons, the licence and the version of pyproject.toml."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "badges"
_LETTER, _PAD, _HEIGHT = 7, 7, 20
_BLUE, _GREEN = "#0b5fcc", "#217a3c"


def badge(name: str, value: str, colour: str) -> str:
    """One badge as SVG. Pure."""
    left, right = (len(words) * _LETTER + 2 * _PAD for words in (name, value))
    words = "".join(
        f'<text x="{at + width / 2:g}" y="14">{escape(said)}</text>'
        for at, width, said in ((0, left, name), (left, right, value))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" '
        f'aria-label="{escape(name)}: {escape(value)}">'
        f'<rect width="{left + right}" height="{_HEIGHT}" rx="3" fill="#3c434c"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v{_HEIGHT - 6}a3 3 0 0 1-3 3H{left}z" fill="{colour}"/>'
        '<g fill="#fff" text-anchor="middle" font-size="11" '
        f"font-family=\"Verdana,'DejaVu Sans',sans-serif\">{words}</g></svg>\n"
    )


def badges(project: str) -> dict[str, str]:
    """File name → SVG, from pyproject.toml's text. Pure."""
    pythons = re.findall(r'"Programming Language :: Python :: (\d\.\d+)"', project)
    (version,) = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)
    (licence,) = re.findall(r'^license = "(.+)"$', project, re.MULTILINE)
    return {
        "python.svg": badge("python", f"{pythons[0]} – {pythons[-1]}", _BLUE),
        "version.svg": badge("version", version, _BLUE),
        "licence.svg": badge("licence", licence, _GREEN),
    }


if __name__ == "__main__":
    for name, drawn in badges((ROOT / "pyproject.toml").read_text(encoding="utf-8")).items():
        (FOLDER / name).write_text(drawn, encoding="utf-8")
        print(f"Wrote docs/badges/{name}.")  # noqa: T201 - a command's output
