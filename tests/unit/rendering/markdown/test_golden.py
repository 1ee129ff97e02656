"""What a card and a message make of markdown: one file a case under golden/, `answer-*` as models write.

In the files ␤ stands for a message's line break, two spaces on either side of the newline. After a deliberate
change, `REWRITE_GOLDEN=1 pytest tests/unit/rendering/markdown` writes them anew; read the
difference before it is kept.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rag_on_dingtalk.rendering.markdown import for_card, for_message

CASES = sorted((Path(__file__).parent / "golden").glob("*.md"))
BREAK = "  \n  "


def sections(path: Path) -> dict[str, str]:
    parts = re.split(r"^======== (\w+)\n", path.read_text("utf-8"), flags=re.MULTILINE)
    return {name: text.rstrip("\n") for name, text in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest) -> dict[str, str]:
    path: Path = request.param
    found = sections(path)
    if os.environ.get("REWRITE_GOLDEN"):
        found["card"] = for_card(found["source"])
        found["message"] = for_message(found["source"]).replace(BREAK, "␤\n")
        path.write_text("\n".join(f"======== {name}\n{text}" for name, text in found.items()) + "\n", "utf-8")
    return found


def test_there_is_a_file_for_every_rule_and_enough_real_answers() -> None:
    assert len(CASES) >= 40
    assert sum(path.stem.startswith("answer-") for path in CASES) >= 20


def test_a_card_shows(case: dict[str, str]) -> None:
    assert for_card(case["source"]) == case["card"]


def test_a_message_shows(case: dict[str, str]) -> None:
    assert for_message(case["source"]) == case["message"].replace("␤\n", BREAK)


def test_what_was_made_for_one_of_them_is_not_changed_again(case: dict[str, str]) -> None:
    card, message = for_card(case["source"]), for_message(case["source"])

    assert for_card(card) == card
    assert for_message(message) == message


def test_a_message_made_from_the_cards_text_is_the_message(case: dict[str, str]) -> None:
    # Headings of the sixth level are the one thing a card gives up and a message does not.
    by_way_of_the_card = for_message(for_card(case["source"]))

    assert by_way_of_the_card == re.sub("(?m)^###### ", "##### ", for_message(case["source"]))
