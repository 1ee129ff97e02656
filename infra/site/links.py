"""Do all links of a built site lead to a page, a heading or a file of it?"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Its addresses begin at the server's root, which no test knows.
_NOT_FOUND = "404.html"
_ADDRESSES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "srcset"}


class _Reader(HTMLParser):
    """The ids and the addresses of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if identity := given.get("id"):
            self.ids.add(identity)
        if address := given.get(_ADDRESSES.get(tag, "")):
            self.addresses.append(address)


def broken(site: Path) -> Iterator[str]:
    """Each as `page: address`.

    site: a folder of HTML files and what they need.
    """
    site = site.resolve()
    pages: dict[Path, _Reader] = {}
    for path in sorted(site.rglob("*.html")):
        pages[path] = _Reader()
        pages[path].feed(path.read_text(encoding="utf-8"))
    for path, reader in pages.items():
        if path.name == _NOT_FOUND:
            continue
        for address in reader.addresses:
            if not _leads(address, path, pages):
                yield f"{path.relative_to(site)}: {address}"


def _leads(address: str, page: Path, pages: dict[Path, _Reader]) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return False
    return not parts.fragment or target.suffix != ".html" or unquote(parts.fragment) in pages[target].ids
