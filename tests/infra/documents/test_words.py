"""Comments, messages, names and documents use the glossary's words and plain engineering English."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infra.documents.texts import DOCUMENTS, ROOT, name_of
from tests.infra.documents.unwanted_words import Found, words_in_code, words_in_document, words_of

if TYPE_CHECKING:
    from pathlib import Path

_CODE = sorted(
    path
    for folder in ("layers", "functions", "bridge", "devserver", "emulators", "infra", "examples", "tests")
    for path in (ROOT / folder).rglob("*.py")
    # These two name the words that they forbid.
    if name_of(path) not in ("tests/infra/documents/unwanted_words.py", "tests/infra/documents/test_words.py")
)
#: History and measurements name what was there at the time.
_HISTORY = ("CHANGELOG.md",)


def told(path: Path, found: Found) -> str:
    return f"{name_of(path)}:{found.line}: {found.word}"


def test_code_uses_plain_words() -> None:
    assert len(_CODE) > 900
    wrong = [told(path, one) for path in _CODE for one in words_of(path)]

    assert not wrong, "\n".join(wrong)


def test_documents_use_plain_words_and_name_no_place_that_is_gone() -> None:
    documents = [path for path in DOCUMENTS if path.name not in _HISTORY]
    wrong = [told(path, one) for path in documents for one in words_of(path)]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("Desk = 1\n", ["Desk"]),
        ("# Nobody waits for it.\n", ["Nobody"]),
        ('"""What\n\nwhoever asks is told."""\n', ["whoever"]),
        ('raise E("so many tries")\n', ["so many"]),
        ('log("x", f"{n} of anybody\'s calls")\n', ["anybody's"]),
        ("# The place of a dead one's question.\n", ["of a dead one's"]),
        ("class Servant:\n    pass\n", ["Servant"]),
        ("door: Door\n", ["Door"]),
        ('"""See local/emulators."""\n', ["local/emulators"]),
        ("# As answering/ does it.\n", ["answering/"]),
        # No prose of ours: ids, keys, other words.
        ('user = "nobody"\n', []),
        ("# /usr/local/bin, http://x/local/y, .local/data\n", []),
        ("# A minute's pause; the work of a minute's length; not so few, many.\n", []),
        ("notices, lane, outdoor = 1, 2, 3\n", []),
        ("# Standing alone in prose, Recall that a lane is a word.\n", []),
    ],
)
def test_what_is_found_in_code(source: str, words: list[str]) -> None:
    assert [one.word for one in words_in_code(source)] == words


def test_what_is_found_in_a_document() -> None:
    text = "One `Desk` and a desk.\n\nSomebody runs `python -m local`; `devserver/` is here.\n"

    assert {(one.line, one.word) for one in words_in_document(text)} == {
        (1, "Desk"),
        (3, "Somebody"),
        (3, "python -m local"),
    }
