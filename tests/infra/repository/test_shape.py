"""The house stays in rooms that can be taken in at a glance: few files in a folder, few lines in a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = ("layers/common/rag_on_dingtalk", "bridge", "devserver", "emulators", "functions", "infra")

MOST_MODULES = 14
MOST_LINES = 310
#: A folder or file that may be larger, and why a split would be worse.
EXCEPTIONS = {
    "emulators/function_compute/runtimes/builtin_bootstrap.py": "the program inside an instance is one file: "
    "it runs alone, with the user's code in place of its own folder",
    "devserver/simulation/books/balance.py": "the books are balanced by one list of rules, read from top to "
    "bottom",
}


def modules() -> list[Path]:
    """The source files, relative to the root; tests have a house of their own."""
    found = [path.relative_to(ROOT) for folder in SOURCES for path in (ROOT / folder).rglob("*.py")]
    return [path for path in found if "tests" not in path.parts]


def test_a_folder_of_sources_has_few_modules() -> None:
    counts = Counter(path.parent.as_posix() for path in modules())

    crowded = {name: count for name, count in counts.items() if count > MOST_MODULES}

    assert len(counts) > 50
    assert crowded.keys() <= EXCEPTIONS.keys(), "Group what belongs together in a folder of its own."


def test_a_source_file_has_few_lines() -> None:
    lengths = {path.as_posix(): len((ROOT / path).read_bytes().splitlines()) for path in modules()}

    long = {name: length for name, length in lengths.items() if length > MOST_LINES}

    assert long.keys() <= EXCEPTIONS.keys(), "Split these by idea, or say here why they stay whole."


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_for_something_that_is_there(name: str) -> None:
    assert (ROOT / name).exists()
