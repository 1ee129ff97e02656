"""Which documents the site has, and where each one stands in it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "zh")
_CHINESE = ".zh-CN.md"


class Page(msgspec.Struct, frozen=True):
    """One document.

    source: its English file, from the repository's root. target: its place in either language's site, as .md.
    """

    source: str
    target: str

    @property
    def chinese(self) -> str:
        """Where its Chinese twin is, if there is one."""
        return self.source.removesuffix(".md") + _CHINESE


class Section(msgspec.Struct, frozen=True):
    """Pages that stand together. title: by language."""

    title: dict[str, str]
    pages: tuple[Page, ...]


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    """A section as pages.yaml has it."""

    title: dict[str, str]
    folder: str
    pages: list[str]


class Catalogue:
    """All sections.

    Args:
        root: the repository.
        written: pages.yaml's text.

    Raises:
        ValueError: a page is named twice, or is not there.
    """

    def __init__(self, root: Path, written: bytes) -> None:
        self._root = root
        parsed = msgspec.yaml.decode(written, type=list[_Written])
        named = [name for section in parsed for name in section.pages if not name.endswith("/*")]
        if twice := {name for name in named if named.count(name) > 1}:
            raise ValueError(f"pages.yaml names {', '.join(sorted(twice))} twice.")
        self.sections = tuple(
            Section(section.title, tuple(self._pages(section, set(named)))) for section in parsed
        )
        targets = [page.target for section in self.sections for page in section.pages]
        if twice := {target for target in targets if targets.count(target) > 1}:
            raise ValueError(f"Two documents would be {', '.join(sorted(twice))} of the site.")

    @cached_property
    def pages(self) -> dict[str, Page]:
        """By every file that shows it, in either language."""
        every = [page for section in self.sections for page in section.pages]
        return {source: page for page in every for source in (page.source, page.chinese)}

    def file_of(self, page: Page, language: str) -> Path:
        """What is shown: the Chinese file where there is one and it is wanted, the English one elsewhere."""
        chinese = self._root / page.chinese
        return chinese if language == "zh" and chinese.is_file() else self._root / page.source

    def _pages(self, section: _Written, named: set[str]) -> Iterator[Page]:
        for name in section.pages:
            if not name.endswith("/*"):
                yield self._page(section.folder, name)
                continue
            folder = name.removesuffix("/*")
            for path in sorted((self._root / folder).glob("*.md")):
                found = f"{folder}/{path.name}"
                if found not in named and not found.endswith(_CHINESE):
                    yield self._page(section.folder, found)

    def _page(self, folder: str, source: str) -> Page:
        path = self._root / source
        if not path.is_file():
            raise ValueError(f"pages.yaml names {source}, which is not there.")
        name = "index.md" if folder.endswith(path.parent.name) and path.name == "README.md" else path.name
        if path.name == "README.md" and name == path.name:
            # infra/dingtalk/README.md: the folders say what it is about.
            name = "-".join(PurePosixPath(source).parent.parts) + ".md"
        return Page(source, f"{folder}/{name.lower()}".lstrip("/"))


def catalogue(root: Path = ROOT) -> Catalogue:
    """The project's own.

    Raises:
        ValueError: as for `Catalogue`.
    """
    return Catalogue(root, Path(__file__).with_name("pages.yaml").read_bytes())
