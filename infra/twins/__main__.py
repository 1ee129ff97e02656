"""`python -m infra.twins` copies cells that hold only code from English tables into their Chinese twins.

Files and tests are moved more often than what is said of them; so only the words are left to translate.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Whose tables name files and tests beside words.
PAGES = ("architecture", "reliability", "security")
_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
_CODE_ONLY = re.compile(r"(?:`[^`|]+`(?:, )?)+")


def copied(english: str, chinese: str) -> str:
    """The Chinese page with the English one's cells of code. Pure.

    Raises:
        ValueError: the pages' tables have different shapes, so a row has to be translated first.
    """
    rows, twins = _ROW.findall(english), _ROW.findall(chinese)
    if [row.count(" | ") for row in rows] != [row.count(" | ") for row in twins]:
        raise ValueError(
            f"{len(rows)} rows in English, {len(twins)} in Chinese, or other columns. Translate the row."
        )
    pairs = iter(zip(rows, twins, strict=True))
    return _ROW.sub(lambda _: _row(*next(pairs)), chinese)


def _row(english: str, chinese: str) -> str:
    cells = zip(english.split(" | "), chinese.split(" | "), strict=True)
    return " | ".join(_cell(*pair) for pair in cells)


def _cell(english: str, chinese: str) -> str:
    code = english.strip("| ")
    return chinese.replace(chinese.strip("| "), code) if _CODE_ONLY.fullmatch(code) else chinese


if __name__ == "__main__":
    for name in PAGES:
        source, target = (ROOT / "docs" / f"{name}{ending}" for ending in (".md", ".zh-CN.md"))
        texts = [path.read_text(encoding="utf-8") for path in (source, target)]
        target.write_text(copied(*texts), encoding="utf-8")
        print(f"Wrote {target.relative_to(ROOT)}.")  # noqa: T201 - a command's output
