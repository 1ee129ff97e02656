"""The site holds every document, in both languages, with links that lead somewhere; MkDocs frames it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from infra.site.catalogue import LANGUAGES, ROOT, Catalogue, Page, catalogue
from infra.site.destinations import Destinations, url_of
from infra.site.hooks import Site, files_of, nested
from infra.site.links import broken
from infra.site.render import Heading, render, slug
from infra.site.settings import SWITCH, settings
from tests.infra.documents.texts import DOCUMENTS, anchors, name_of, text

if TYPE_CHECKING:
    from pathlib import Path

#: Documents that are no pages: GitHub's own forms, and what a repository's front page says.
NO_PAGES = {"README.md", ".github/PULL_REQUEST_TEMPLATE.md"}
PAGES = catalogue()


def test_every_document_is_a_page() -> None:
    documents = {name_of(path) for path in DOCUMENTS if not path.name.endswith(".zh-CN.md")}

    assert documents - NO_PAGES - set(PAGES.pages) == set(), "Name them in infra/site/pages.yaml."


def test_tutorials_guides_reference_and_explanation_stand_apart() -> None:
    titles = [section.title["en"] for section in PAGES.sections]

    assert titles[2:6] == ["Tutorials", "How-to guides", "Reference", "Explanation"]
    assert all(set(section.title) == set(LANGUAGES) for section in PAGES.sections)


@pytest.mark.parametrize("role", ["person", "deployer", "administrator", "contributor"])
def test_every_role_has_a_page_in_both_languages(role: str) -> None:
    page = PAGES.pages[f"docs/roles/{role}.md"]

    assert [PAGES.file_of(page, language).name for language in LANGUAGES] == [
        f"{role}.md",
        f"{role}.zh-CN.md",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_of_every_page_leads_to_a_page_a_heading_or_a_file(language: str) -> None:
    site = Site(language, "https://git.example/o/r")
    places = set(files_of(language))
    drawn = {page.target: site.render(page.target) for page in PAGES.pages.values()}
    ids = {
        target: {heading.anchor for heading in one.headings} | set(_spans(one.html))
        for target, one in drawn.items()
    }
    by_url = {url_of(page): page.target for page in PAGES.pages.values()}
    wrong = []
    for target, one in drawn.items():
        for address in _addresses(one.html):
            if "://" in address or address.startswith("mailto:"):
                continue
            path, _, anchor = address.partition("#")
            here = url_of(PAGES.pages[_source(target)])
            found = _joined(here, path)
            where = by_url.get(found, found)
            if where not in places or (anchor and where in ids and anchor not in ids[where]):
                wrong.append(f"{target}: {address}")

    assert wrong == []


def _source(target: str) -> str:
    return next(source for source, page in PAGES.pages.items() if page.target == target)


def _spans(html: str) -> list[str]:
    return [part.partition('"')[0] for part in html.split('<span id="')[1:]]


def _addresses(html: str) -> list[str]:
    found = [part.partition('"')[0] for mark in ('href="', 'src="') for part in html.split(mark)[1:]]
    return [unquote(address.replace("&amp;", "&")) for address in found]


def _joined(here: str, path: str) -> str:
    if not path:
        return here
    parts: list[str] = here.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_headings_have_the_anchors_that_github_gives_them(document: Path) -> None:
    made = render(text(document), str)

    assert {heading.anchor for heading in made.headings} == anchors(document)


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("b.md", "../../part/b/"),
        ("b.zh-CN.md#x", "../../part/b/#x"),
        ("#here", "#here"),
        ("https://x.example/a", "https://x.example/a"),
        ("../README.md", "https://git.example/blob"),
        ("picture.svg", "../../files/docs/picture.svg"),
        ("../../compare/v1...v2", "https://git.example/compare/v1...v2"),
    ],
)
def test_a_link_of_a_file_becomes_one_of_the_site(tmp_path: Path, link: str, address: str) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("a.md", "b.md", "picture.svg"):
        (tmp_path / "docs" / name).write_text("# x\n", encoding="utf-8")
    written = b"- {title: {en: A, zh: A}, folder: part, pages: [docs/a.md, docs/b.md]}"
    pages = Catalogue(tmp_path, written)
    where = Destinations(pages, tmp_path, "https://git.example/")

    made = where.of(link, source="docs/a.md", page=pages.pages["docs/a.md"]).address

    assert made == (address if link != "../README.md" else "https://git.example/tree/main/README.md")


def test_without_the_repositorys_address_its_own_pages_are_no_links() -> None:
    where = Destinations(PAGES, ROOT)
    page = PAGES.pages["CHANGELOG.md"]

    assert where.of("../../compare/v1...v2", source="CHANGELOG.md", page=page).address == ""
    assert render("see [this](x)", lambda _: "").html == "<p>see this</p>\n"


def test_the_switch_leads_to_the_same_page_and_the_home_page_to_the_other_home() -> None:
    html = f'<a href="{SWITCH}en"><a href="{SWITCH}zh">'

    def switched(language: str, target: str) -> list[str]:
        return _addresses(Site(language, "").switched(target, html))

    assert switched("en", "roles/person.md") == ["../../roles/person/", "../../zh/roles/person/"]
    assert switched("zh", "roles/person.md") == ["../../../roles/person/", "../../../zh/roles/person/"]
    assert switched("en", "index.md") == ["./", "zh/"]
    assert switched("zh", "index.md") == ["../", "../zh/"]


def test_a_page_without_a_chinese_twin_says_so_in_chinese() -> None:
    assert "这一页目前只有英文" in Site("zh", "").render("reference/unverified.md").html
    assert "这一页目前只有英文" not in Site("zh", "").render("roles/person.md").html


def test_an_english_anchor_finds_the_chinese_heading() -> None:
    made = render("# 一\n\n## 二\n", str, ["one", "two"])

    assert [heading.anchor for heading in made.headings] == ["一", "二"]
    assert _spans(made.html) == ["one", "two"]


def test_lists_and_code_are_read_as_github_reads_them() -> None:
    made = render("Text\n- a\n  - b\n\n1. c\n\n   ```sh\n   make x\n   ```\n", str).html

    assert made.count("<ul>") == 2
    assert made.index("<ol>") < made.index('class="highlight"') < made.index("</ol>")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("一张\n卡片。\n再说", "一张卡片。再说"),
        ("一张\n**卡片**", "一张<strong>卡片</strong>"),
        ("一张\ncard", "一张\ncard"),
        ("a\nb", "a\nb"),
    ],
)
def test_a_line_that_goes_on_in_chinese_goes_on_without_a_blank(text: str, shown: str) -> None:
    assert render(text, str).html == f"<p>{shown}</p>\n"


def test_headings_are_nested_as_the_table_of_contents_wants_them() -> None:
    (top,) = nested([(1, "a", "A"), (2, "b", "B"), (3, "c", "C"), (2, "d", "D")])

    assert [child["id"] for child in top["children"]] == ["b", "d"]
    assert [child["id"] for child in top["children"][0]["children"]] == ["c"]


def test_a_page_asks_no_other_server_for_anything(tmp_path: Path) -> None:
    for language in LANGUAGES:
        told = settings(PAGES, language, source=tmp_path, output=tmp_path, repository="")
        assert told["theme"]["font"] is False
        assert "://" not in str([told["extra_css"], told["theme"]["favicon"]])
        assert told["strict"] is True


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("page/", True),
        ("page/#there", True),
        ("page/#nowhere", False),
        ("gone/", False),
        ("file.svg", True),
        ("#top", True),
        ("#none", False),
        ("https://x.example/", True),
    ],
)
def test_a_link_that_leads_nowhere_is_found_in_the_built_site(
    tmp_path: Path, address: str, *, leads: bool
) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text('<h1 id="there">x</h1>', encoding="utf-8")
    (tmp_path / "file.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "index.html").write_text(f'<b id="top"></b><a href="{address}">x</a>', encoding="utf-8")

    assert bool(list(broken(tmp_path))) is not leads


def test_a_page_that_is_named_twice_or_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# a\n", encoding="utf-8")
    for named in ("[a.md, a.md]", "[b.md]"):
        with pytest.raises(ValueError, match=r"a\.md|b\.md"):
            Catalogue(tmp_path, f"- {{title: {{en: x}}, folder: f, pages: {named}}}".encode())


def test_slugs_and_headings_are_plain_values() -> None:
    assert slug("What each `version` asks, of you?") == "what-each-version-asks-of-you"
    assert Heading(1, "a", "A") == Heading(1, "a", "A")
    assert Page("docs/a.md", "x/a.md").chinese == "docs/a.zh-CN.md"
