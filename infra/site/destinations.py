"""Where a link of a document leads in the site. Pure but for asking which files exist."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from infra.site.catalogue import Catalogue, Page

#: Files that a document leads to and that are no page stand below this folder of the site, as they are.
FILES = "files"


class Destination(msgspec.Struct, frozen=True):
    """What to write into a page.

    address: relative to the page's own, or whole; empty: the link leads nowhere, and only its words are kept.
    file: has to be copied into the site, from the repository's root; empty: none.
    """

    address: str
    file: str = ""


class Destinations:
    """Knows the pages, and the files beside them.

    Args:
        pages: all documents of the site.
        root: the repository.
        repository: its address; empty: unknown, so links to its own pages at GitHub lead nowhere.
    """

    def __init__(self, pages: Catalogue, root: Path, repository: str = "") -> None:
        self._pages = pages
        self._root = root
        self._repository = repository.rstrip("/")

    def of(self, link: str, *, source: str, page: Page) -> Destination:
        """Where it leads.

        link: as it is written in `source`, a path from the repository's root. page: shows that file.
        """
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            return Destination(link)
        if not path:
            return Destination(link)
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(path)))
        if target.startswith(".."):
            # ../../compare: a page of the repository's own at GitHub.
            beyond = target.lstrip("./")
            return Destination(f"{self._repository}/{beyond}" if self._repository else "")
        if (self._root / target).is_dir():
            readme = f"{target}/README.md"
            target = readme if readme in self._pages.pages else target
        if found := self._pages.pages.get(target):
            return Destination(_relative(page, url_of(found)) + (f"#{anchor}" if anchor else ""))
        if (self._root / target).is_file():
            return Destination(_relative(page, f"{FILES}/{target}"), target)
        return Destination(f"{self._repository}/tree/main/{target}" if self._repository else "")


def url_of(page: Page) -> str:
    """Its address below the language's root, ending in a slash; empty: the root itself."""
    path = PurePosixPath(page.target)
    folder = path.parent if path.name == "index.md" else path.with_suffix("")
    return "" if str(folder) == "." else f"{folder}/"


def _relative(page: Page, target: str) -> str:
    """From a page's own address to another one below the same root."""
    here = url_of(page)
    up = "../" * here.count("/")
    return (up + target) or "./"
