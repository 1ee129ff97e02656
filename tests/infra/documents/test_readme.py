"""Both READMEs are one screen, say the same, and claim what is so."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

import pytest

from infra.badges.__main__ import FOLDER, badge, badges
from tests.infra.documents.texts import ROOT, blocks, prose, targets, text, twin

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "README.md"
BOTH = (README, twin(README))
#: Lines of the file: a screen with the picture, and a turn of the wheel.
_LONGEST = 50
#: A door → the command that opens it. A door whose command the Makefile has must be in both.
DOORS = {"demo": "make demo", "live": "make live", "setup": "make setup"}

each_readme = pytest.mark.parametrize("readme", BOTH, ids=lambda path: path.name)


def doors(readme_text: str) -> list[str]:
    rows = [line for line in readme_text.splitlines() if line.startswith("| **")]
    return [command for row in rows for command in re.findall(r"`(make [a-z-]+)`", row)]


@each_readme
def test_a_readme_is_one_screen(readme: Path) -> None:
    folded = re.compile(r"</summary>.*?</details>", re.DOTALL)

    assert len(folded.sub("", text(readme)).splitlines()) <= _LONGEST


def test_both_say_the_same_in_the_same_places() -> None:
    def shape(line: str) -> str:
        marks = re.match(r"#+|[-|>!]|```|\*\*|<!--|\[!?", line)
        return marks[0] if marks else "text" if line else ""

    def paragraphs(path_text: str) -> list[str]:
        return [
            f"{shape(part)} {part.count('](')}" if not part.startswith("|") else f"| {part.count(chr(10))}"
            for part in path_text.strip().split("\n\n")
        ]

    english, chinese = (paragraphs(text(path)) for path in BOTH)

    assert [pair for pair in zip_longest(english, chinese) if pair[0] != pair[1]] == []


@each_readme
def test_there_are_two_commands_to_begin_with(readme: Path) -> None:
    block, _ = blocks(readme)

    assert [line.split()[:2] for line in block.splitlines()] == [["make", "demo"], ["make", "ask"]]


@each_readme
def test_every_door_that_can_be_opened_has_its_row_and_no_other(readme: Path) -> None:
    goals = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))

    assert doors(text(readme)) == [command for goal, command in DOORS.items() if goal in goals]
    # The place that is kept for a door goes with the door's row.
    assert ("The second door" in text(readme)) is ("live" not in goals)


def test_the_badges_are_what_the_project_says() -> None:
    made = badges(text(ROOT / "pyproject.toml"))

    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in made} == made, "Run `make docs`."
    assert {path.name for path in FOLDER.iterdir()} == set(made)


@each_readme
def test_every_badge_is_our_own_or_a_workflow_of_this_repository(readme: Path) -> None:
    shown = [target for target in targets(readme) if target.endswith(".svg")]

    assert shown[0] == "../../actions/workflows/check.yml/badge.svg"
    assert {target.rpartition("/")[2] for target in shown[1:]} == {one.name for one in FOLDER.iterdir()}
    assert "://" not in prose(readme)


def test_a_badge_is_legible_to_those_who_do_not_see_it() -> None:
    assert 'aria-label="a &lt;b: c"' in badge("a <b", "c", "#000")


def test_the_comparison_proves_what_it_says_of_this_project() -> None:
    for path in (ROOT / "docs" / "compare.md", ROOT / "docs" / "compare.zh-CN.md"):
        rows = [line.split(" | ") for line in text(path).splitlines() if line.startswith("| ")]
        ours = [row[1].strip() for row in rows if len(row) > 4][1:]

        assert len(ours) > 10
        assert [cell for cell in ours if "●" in cell and "](" not in cell] == []
        assert re.search(r"\*\*20\d\d-\d\d-\d\d\*\*", text(path))


def test_both_comparisons_have_the_same_marks() -> None:
    marks = [
        [re.findall(r"[●◐–E](?= |$|\|)", line) for line in text(path).splitlines() if line.startswith("| ")]
        for path in (ROOT / "docs" / "compare.md", ROOT / "docs" / "compare.zh-CN.md")
    ]

    assert marks[0] == marks[1]
