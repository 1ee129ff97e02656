"""The house stays in rooms that can be taken in at a glance: few files in a folder, few lines in a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = ("layers/common/rag_on_dingtalk", "bridge", "devserver", "emulators", "functions", "infra")

MOST_MODULES = 14
MOST_LINES = 300
#: A test says one thing after another, and its rows are long.
MOST_LINES_OF_TESTS = 420
#: A folder or file that may be larger, and why a split would be worse.
EXCEPTIONS = {
    "emulators/function_compute/runtimes/builtin_bootstrap.py": "the program inside an instance is one file: "
    "it runs alone, with the user's code in place of its own folder",
    "tests/simulation/mutations.py": "one table: every fix that is undone, beside the others",
}


def modules(*, tests: bool) -> list[Path]:
    """The files of one kind, relative to the root."""
    folders = (*SOURCES, "tests") if tests else SOURCES
    found = [path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return [path for path in found if ("tests" in path.parts) is tests]


@pytest.mark.parametrize("tests", [False, True], ids=["sources", "tests"])
def test_a_folder_has_few_modules(*, tests: bool) -> None:
    counts = Counter(path.parent.as_posix() for path in modules(tests=tests))

    crowded = {name: count for name, count in counts.items() if count > MOST_MODULES}

    assert len(counts) > 50
    assert crowded.keys() <= EXCEPTIONS.keys(), "Group what belongs together in a folder of its own."


@pytest.mark.parametrize(
    ("tests", "most"), [(False, MOST_LINES), (True, MOST_LINES_OF_TESTS)], ids=["sources", "tests"]
)
def test_a_file_has_few_lines(*, tests: bool, most: int) -> None:
    files = modules(tests=tests)
    lengths = {path.as_posix(): len((ROOT / path).read_bytes().splitlines()) for path in files}

    long = {name: length for name, length in lengths.items() if length > most}

    assert long.keys() <= EXCEPTIONS.keys(), "Split these by idea, or say here why they stay whole."


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_for_something_that_is_there(name: str) -> None:
    assert (ROOT / name).exists()
