"""The documents say what is so, and both READMEs say the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.infra.documents.texts import (
    DOCUMENTS,
    ROOT,
    anchors,
    inline,
    links,
    name_of,
    of_each,
    prose,
    targets,
    text,
    twin,
    typed,
)

if TYPE_CHECKING:
    from pathlib import Path

#: The guides have tests of their own.
ENGLISH = [
    path
    for path in DOCUMENTS
    if path.parent.name != "guides" and not path.name.endswith(".zh-CN.md") and twin(path).exists()
]
#: How a line begins that is no drawing.
_PROGRAMS = re.compile(r"(make|curl|set|export|cp|s|terraform|\.venv/bin/python) ")

#: Pages of the repository at GitHub, from a document at its root: a workflow's runs and its badge.
_WORKFLOW = re.compile(r"\.\./\.\./actions/workflows/(\w+\.yml)(?:/badge\.svg)?")


def test_a_document_that_fails_is_named() -> None:
    one, other = DOCUMENTS[:2]

    @of_each([one, other])
    def is_the_first(document: Path) -> None:
        assert document == one

    with pytest.raises(AssertionError, match=re.escape(f"{name_of(other)}: ")) as found:
        is_the_first()
    assert f"{name_of(one)}: " not in str(found.value)


@of_each(ENGLISH)
def test_both_languages_give_the_same_commands(document: Path) -> None:
    english, chinese = (
        [line for line in typed(path) if _PROGRAMS.match(line)] for path in (document, twin(document))
    )

    assert english == chinese


@of_each(ENGLISH)
def test_both_languages_have_the_same_headings(document: Path) -> None:
    headings = [re.findall(r"^#+ ", prose(path), re.MULTILINE) for path in (document, twin(document))]

    assert headings[0] == headings[1] != []


@of_each(ENGLISH)
def test_both_languages_lead_to_the_same_places(document: Path) -> None:
    english, chinese = (
        {link.replace(".zh-CN.md", ".md") for link in links(path)} for path in (document, twin(document))
    )

    assert english == chinese


def test_all_that_a_person_follows_is_there_in_both_languages() -> None:
    assert {"README.md", "docs/settings.md", "infra/dingtalk/README.md"} <= {
        name_of(path) for path in ENGLISH
    }


@of_each(DOCUMENTS)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    missing = [
        link
        for link in links(document)
        if "://" not in link and not (document.parent / link).exists() and not _at_github(document, link)
    ]

    assert missing == []


@of_each(DOCUMENTS)
def test_every_link_to_a_heading_leads_to_one(document: Path) -> None:
    near = [target.partition("#") for target in targets(document) if "#" in target and "://" not in target]
    missing = [
        f"{file}#{heading}"
        for file, _, heading in near
        if heading not in anchors((document.parent / file).resolve() if file else document)
    ]

    assert missing == []


@of_each(DOCUMENTS)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    made = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    named = {
        target
        for piece in [*typed(document), *inline(document)]
        for target in re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", piece)
    }

    assert named - made == set()


@of_each(DOCUMENTS)
def test_every_test_that_is_named_exists(document: Path) -> None:
    named = {
        path
        for piece in [*typed(document), *inline(document)]
        for path in re.findall(r"(?<![\w./-])(?:\w+/)*tests/[\w./]+\.py\b", piece)
    }

    assert {path for path in named if not (ROOT / path).is_file()} == set()


def _at_github(document: Path, link: str) -> bool:
    named = _WORKFLOW.fullmatch(link)
    return bool(named and document.parent == ROOT and (ROOT / ".github" / "workflows" / named[1]).is_file())
