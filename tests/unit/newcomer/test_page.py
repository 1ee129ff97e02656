"""docs/first-deployment.md is a walk of the steps as they are, without the machine that it was made on."""

from __future__ import annotations

import re

import pytest

from devserver.newcomer.page import PAGES, Done, Language, page, tidied, words
from devserver.newcomer.steps import ANSWERS, LAST, STEPS, Step
from rag_on_dingtalk.setup.asking.questions import every_question
from tests.infra.documents.texts import ROOT, blocks, text, twin

ENGLISH = ROOT / "docs" / PAGES["en"]
each_language = pytest.mark.parametrize("language", list(PAGES))


@each_language
def test_the_page_shows_every_command_in_its_order(language: Language) -> None:
    shown = re.findall(r"^ {3,4}\$ (.+)$", text(ROOT / "docs" / PAGES[language]), re.MULTILINE)

    assert shown == [step.command for step in STEPS]
    assert LAST in text(ROOT / "docs" / PAGES[language])


def test_both_languages_show_one_walk() -> None:
    assert blocks(ENGLISH, "console") == blocks(twin(ENGLISH), "console")


def test_the_walk_went_well_and_shows_neither_the_machine_nor_a_secret() -> None:
    walked = "\n".join(blocks(ENGLISH, "console"))

    assert "✗" not in walked
    assert "Traceback" not in walked
    assert not re.search(r"127\.0\.0\.1:(?!8765)|/tmp/|/root|local-client-secret|LOCAL00", walked)
    for told in ("✓ role ", "is there already", "✓ Tablestore permissions", "/robot/handbook", "layer.zip"):
        assert told in walked


def test_what_is_answered_is_asked() -> None:
    assert set(re.findall(r"^(\w+):", ANSWERS, re.MULTILINE)) <= set(every_question())


@each_language
def test_everything_said_has_words(language: Language) -> None:
    assert all(words(step.key, language) for step in STEPS)


def test_a_long_output_is_cut_in_the_middle_and_says_so() -> None:
    output = "\n".join(f"line {number}" for number in range(20))
    made = page([Done(Step("clone", "git clone", 3, 2), output, 1.25)], "en")

    assert "   line 2\n   [… 15 lines …]\n   line 18\n   line 19\n   ```" in made
    assert "(1.2 s)" in made


def test_a_machines_own_words_are_taken_out() -> None:
    output = "WARNING: Location 'x' is ignored\n\x1b[1mReady\x1b[0m at http://127.0.0.1:1/a\n"

    assert tidied(output, {"http://127.0.0.1:1": "https://kb", "http": "?"}) == "Ready at https://kb/a"
