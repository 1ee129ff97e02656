"""The guide's drawings are those of the script, legible on light and dark pages, and all are shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from infra.drawings.__main__ import FOLDER
from infra.drawings.console import pages
from infra.drawings.shapes import COLOURS, WIDTH, width

if TYPE_CHECKING:
    from pathlib import Path

    from infra.drawings.page import Page

GUIDES = [FOLDER.parent / "dingtalk.md", FOLDER.parent / "dingtalk.zh-CN.md"]
PAGES = list(pages())
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

#: What stands on what.
PAIRS = [
    ("text", "ground"),
    ("text", "side"),
    ("text", "field"),
    ("quiet", "ground"),
    ("quiet", "side"),
    ("link", "chosen"),
    ("link", "field"),
    ("bright", "primary"),
    ("bright", "mark"),
]


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of `#rrggbb`."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("above", "below"), PAIRS)
def test_words_stand_out_in_both_schemes(above: str, below: str, scheme: int) -> None:
    bright, dark = sorted((luminance(COLOURS[name][scheme]) for name in (above, below)), reverse=True)

    assert (bright + 0.05) / (dark + 0.05) >= 4.5


@each_page
def test_the_file_is_what_the_script_draws(page: Page) -> None:
    assert (FOLDER / f"{page.name}.svg").read_text(encoding="utf-8") == page.done()


def test_no_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {page.name for page in PAGES}


@each_page
def test_every_word_stays_on_the_page(page: Page) -> None:
    root = ET.fromstring(page.done())  # noqa: S314 - our own
    for one in root.iter("{http://www.w3.org/2000/svg}text"):
        wide = width(one.text or "", float(one.get("font-size", "14")))
        begin = (
            float(one.get("x", "0"))
            - wide * {"start": 0, "middle": 0.5, "end": 1}[one.get("text-anchor", "start")]
        )
        assert begin >= 0, one.text
        assert begin + wide <= WIDTH, one.text


@each_page
def test_the_steps_are_numbered_from_one_without_a_gap(page: Page) -> None:
    numbers = re.findall(r'font-weight="600" text-anchor="middle">(\d)</text>', page.done())

    assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))
    assert numbers


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_the_guide_shows_every_drawing_once_and_describes_it(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]+)\]\(dingtalk/(\w+)\.svg\)", text)

    assert [name for _, name in shown] == [page.name for page in PAGES]
    assert all(len(words) >= 8 for words, _ in shown)
