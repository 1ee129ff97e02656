"""The repository's Markdown files, as the tests of documents read them."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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


def of_each(documents: Iterable[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """One test that looks at every document and names all that fail.

    A thousand tests of a millisecond take longer to report than to run.
    """

    def decorator(test: Callable[[Path], None]) -> Callable[[], None]:
        def looks_at_every_one() -> None:
            failures = [
                f"{name_of(document)}: {error}"
                for document in documents
                if (error := _failure(test, document))
            ]
            assert not failures, "\n\n".join(failures)

        looks_at_every_one.__name__, looks_at_every_one.__module__ = test.__name__, test.__module__
        return looks_at_every_one

    return decorator


def _failure(test: Callable[[Path], None], document: Path) -> str:
    try:
        test(document)
    except AssertionError as error:
        return str(error) or "AssertionError"
    return ""


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
