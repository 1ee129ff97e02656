"""The glossary: the same words in both languages, one line each, by what the code has."""

from __future__ import annotations

import re

import pytest

from tests.infra.documents.texts import ROOT, text, twin

ENGLISH = ROOT / "docs" / "glossary.md"
LIBRARY = ROOT / "layers" / "common" / "rag_on_dingtalk"


def lines(document: str) -> list[list[str]]:
    rows = [line for line in document.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows]


WORDS = lines(text(ENGLISH))


def test_there_are_few_words_and_each_is_there_once() -> None:
    words = [row[0] for row in WORDS]

    assert 30 <= len(words) == len(set(words)) <= 60


def test_both_languages_have_the_same_words_at_the_same_places() -> None:
    chinese = lines(text(twin(ENGLISH)))

    assert [(row[0], row[2]) for row in chinese] == [(row[0], row[2]) for row in WORDS]
    assert [row for row in chinese if not re.search(r"[一-鿿]", row[1])] == []


@pytest.mark.parametrize("row", WORDS, ids=lambda row: row[0])
def test_each_word_has_one_short_line_and_a_place_that_exists(row: list[str]) -> None:
    _, meaning, place = row

    assert 20 <= len(meaning) <= 100
    assert (LIBRARY / place.strip("`")).exists() or (ROOT / place.strip("`")).exists()
