"""What MkDocs calls while it builds: our rendering in place of its own, and each page's other language.

Source: https://www.mkdocs.org/dev-guide/plugins/#events. MkDocs is imported when it is there already, so that
`make install` needs none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from infra.site.catalogue import ROOT, Page, catalogue
from infra.site.destinations import Destinations, url_of
from infra.site.render import Rendered, render
from infra.site.settings import SWITCH

if TYPE_CHECKING:
    from pathlib import Path

#: Said above a page that has no Chinese twin.
_ENGLISH_ONLY = "> 这一页目前只有英文。\n\n"


class Site:
    """One language's build."""

    def __init__(self, language: str, repository: str) -> None:
        self._pages = catalogue()
        self._language = language
        self._destinations = Destinations(self._pages, ROOT, repository)
        self._by_target = {page.target: page for page in self._pages.pages.values()}

    def page(self, target: str) -> Page:
        """By its place in the site."""
        return self._by_target[target]

    def render(self, target: str) -> Rendered:
        """Draw a page."""
        page = self.page(target)
        file = self._pages.file_of(page, self._language)
        source = file.relative_to(ROOT).as_posix()
        text = file.read_text(encoding="utf-8")
        if self._language == "zh" and source == page.source and "中文" not in text:
            title, _, rest = text.partition("\n")
            text = f"{title}\n\n{_ENGLISH_ONLY}{rest}"
        english = render((ROOT / page.source).read_text(encoding="utf-8"), str)
        return render(
            text,
            lambda link: self._destinations.of(link, source=source, page=page).address,
            [heading.anchor for heading in english.headings] if source != page.source else (),
        )

    def switched(self, target: str, html: str) -> str:
        """With the addresses of the same page in both languages."""
        here = url_of(self.page(target))
        root = "../" * (here.count("/") + (self._language == "zh"))
        for language, folder in (("en", ""), ("zh", "zh/")):
            html = html.replace(f'"{SWITCH}{language}"', f'"{(root + folder + here) or "./"}"')
        # Material asks for a sitemap beside each of these, and search engines want whole addresses in them.
        return re.sub(r'\s*<link rel="alternate" [^>]*hreflang="\w+">', "", html)


_drawn: dict[str, Rendered] = {}
_site: list[Site] = []


def on_config(config: Any) -> None:
    """Begin a language."""
    _drawn.clear()
    _site[:] = [Site(config.extra["language"], config.repo_url or "")]


def on_page_markdown(_markdown: str, page: Any, **_: Any) -> str:
    """Keep Python-Markdown from everything but the title."""
    drawn = _drawn[page.file.src_uri] = _site[0].render(page.file.src_uri)
    return f"# {drawn.headings[0].text}\n"


def on_page_content(_html: str, page: Any, **_: Any) -> str:
    """Put our HTML in its place, and the headings into the table of contents."""
    from mkdocs.structure.toc import get_toc

    drawn = _drawn[page.file.src_uri]
    page.toc = get_toc(nested([(one.level, one.anchor, one.text) for one in drawn.headings]))
    return drawn.html


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Let the switch lead to this page in the other language."""
    return _site[0].switched(page.file.src_uri, output)


def nested(headings: list[tuple[int, str, str]]) -> list[dict[str, Any]]:
    """The form in which Python-Markdown's toc gives headings: each with those below it."""
    top: list[dict[str, Any]] = []
    open_: list[dict[str, Any]] = []
    for level, anchor, text in headings:
        entry = {"level": level, "id": anchor, "name": text, "children": []}
        while open_ and open_[-1]["level"] >= level:
            open_.pop()
        (open_[-1]["children"] if open_ else top).append(entry)
        open_.append(entry)
    return top


def files_of(language: str) -> dict[str, Path]:
    """Every file that the language's pages show or lead to: its place in the site → where it is.

    Raises:
        ValueError: a page leads to a document that is none of the site.
    """
    site_pages = catalogue()
    destinations = Destinations(site_pages, ROOT)
    found: dict[str, Path] = {}
    for section in site_pages.sections:
        for page in section.pages:
            file = site_pages.file_of(page, language)
            source = file.relative_to(ROOT).as_posix()
            found[page.target] = file

            def keep(link: str, source: str = source, page: Page = page) -> str:
                leads = destinations.of(link, source=source, page=page)
                if leads.file.endswith(".md"):
                    raise ValueError(f"{source} leads to {leads.file}: name it in infra/site/pages.yaml.")
                if leads.file:
                    found[f"files/{leads.file}"] = ROOT / leads.file
                return leads.address

            render(file.read_text(encoding="utf-8"), keep)
    return found
