"""Names of files and tests stand in a Chinese table as they stand in the English one."""

from __future__ import annotations

import pytest

from infra.twins.__main__ import PAGES, copied
from tests.infra.documents.texts import ROOT, text, twin

ENGLISH = (
    "# A\n\n| What | Where | Test |\n|---|---|---|\n| a word | `new/a.py`, `new/b.py` | `tests/c.py::d` |\n"
)
CHINESE = "# 甲\n\n| 什么 | 哪里 | 测试 |\n|---|---|---|\n| 一个词 | `old/a.py` | `tests/old.py::d` |\n"


def test_code_is_copied_and_words_are_left() -> None:
    made = copied(ENGLISH, CHINESE)

    assert made.splitlines()[-1] == "| 一个词 | `new/a.py`, `new/b.py` | `tests/c.py::d` |"
    assert made.splitlines()[:-1] == CHINESE.splitlines()[:-1]
    assert copied(ENGLISH, made) == made


def test_a_cell_with_words_is_not_touched() -> None:
    english = ENGLISH.replace("`new/a.py`, `new/b.py`", "a file below `new/`")

    assert copied(english, CHINESE).count("`old/a.py`") == 1


def test_a_row_that_is_not_translated_yet_is_told() -> None:
    with pytest.raises(ValueError, match="Translate the row"):
        copied(ENGLISH + "| more | `x.py` | `y.py::z` |\n", CHINESE)


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_as_they_would_be_written(name: str) -> None:
    english = ROOT / "docs" / f"{name}.md"

    assert copied(text(english), text(twin(english))) == text(twin(english)), "Run `make docs`."
