"""The repository's Markdown files, as the tests of documents read them."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[3]

#: Whatever a person may read and type from.
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "infra").rglob("README*.md"),
        *(ROOT / ".github").rglob("*.md"),
    ]
)

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)]+)\)")


@lru_cache(None)
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    """For a test's id."""
    return path.relative_to(ROOT).as_posix()


def twin(path: Path) -> Path:
    """The Chinese one."""
    return path.with_name(path.name.replace(".md", ".zh-CN.md"))


@lru_cache(None)
def prose(path: Path) -> str:
    """Without the code blocks."""
    return _FENCE.sub("", text(path))


def blocks(path: Path, language: str | None = None) -> list[str]:
    return [code for kind, code in _FENCE.findall(text(path)) if language in (None, kind)]


@lru_cache(None)
def inline(path: Path) -> tuple[str, ...]:
    """Every piece of code inside a sentence."""
    return tuple(re.findall(r"`([^`\n]+)`", prose(path)))


def code(path: Path) -> list[str]:
    return [*blocks(path), *inline(path)]


@lru_cache(None)
def typed(path: Path) -> tuple[str, ...]:
    """The lines that a person would type: of blocks without a language, or of a shell."""
    shells = [code for kind, code in _FENCE.findall(text(path)) if kind in ("", "sh", "bash")]
    return tuple(line.strip() for block in shells for line in block.splitlines() if line.strip())


def targets(path: Path) -> list[str]:
    """Where the links lead, with what comes after the #."""
    return _LINK.findall(prose(path))


def links(path: Path) -> list[str]:
    """Where the links to files and addresses lead."""
    return [target.partition("#")[0] for target in targets(path) if not target.startswith("#")]


@lru_cache(None)
def anchors(path: Path) -> frozenset[str]:
    """What GitHub makes of the headings."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    for heading in re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE):
        plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.append(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(found)
