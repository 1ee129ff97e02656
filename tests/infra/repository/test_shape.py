"""The house stays in rooms that can be taken in at a glance: few files in a folder, few lines in a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = ("layers/common/rag_on_dingtalk", "bridge", "devserver", "emulators", "functions", "infra")

MOST_MODULES = 14
#: About 250, and a tenth more rather than a split that tears one idea apart.
MOST_LINES = 275
#: A test says one thing after another, and its rows are long.
MOST_LINES_OF_TESTS = 420
#: A folder or file that may be larger, and why a split would be worse.
EXCEPTIONS = {
    "emulators/function_compute/runtimes/builtin_bootstrap.py": "the program inside an instance is one file: "
    "it runs alone, with the user's code in place of its own folder",
    "tests/simulation/mutations.py": "one table: every fix that is undone, beside the others",
}

LEAST_LINES = 25
#: A module that is smaller, and why it is one of its own. Of a `__main__` the name is the reason.
SMALL = {
    "layers/common/rag_on_dingtalk/settings/sections/*": "one file for each section of bots.yaml",
    "layers/common/rag_on_dingtalk/settings/strict.py": "what every section is made of; it may import none",
    "layers/common/rag_on_dingtalk/settings/beside.py": "shared by what travels beside the compiled bots",
    "layers/common/rag_on_dingtalk/pipeline/stages/*": "one file for each stage",
    "layers/common/rag_on_dingtalk/pipeline/stages/commands/leaving.py": "shared by /new and /stop",
    "layers/common/rag_on_dingtalk/worker/handlers/*": "one file for each kind of job",
    "layers/common/rag_on_dingtalk/webhook/lean.py": "imported for its effect, before anything else",
    "layers/common/rag_on_dingtalk/storage/sdk.py": "imported for its effect, in place of the SDK",
    "layers/common/rag_on_dingtalk/net/cookies.py": "shared with the bridge, which has no aiohttp",
    "layers/common/rag_on_dingtalk/observability/quiet.py": "called by each function, and no part of logging",
    "layers/common/rag_on_dingtalk/observability/spending.py": "a price that reports and pages share",
    "layers/common/rag_on_dingtalk/conversations/position.py": "the rule of the queue, pure",
    "emulators/rag_server/*/faults.py": "what only that product does wrong; the server collects them",
    "emulators/rag_server/*/versions.py": "the versions of one product; its other files compare with them",
    "emulators/cloud/faults.py": "as above, of the account's services",
    "emulators/cloud/refusals.py": "raised by every service of the account",
    "emulators/dropping.py": "shared by the emulators whose connections break",
    "emulators/dingtalk/wire.py": "what a stranger wrote, for calls, frames and pushes alike",
    "devserver/own_words.py": "shared by the books of chaos and of the simulation",
    "devserver/wiring/moderation.py": "one file for each service that is wired",
    "infra/*/errors.py": "raised and caught in different files",
    "infra/release/checksums.py": "one artefact of a release",
    "infra/architecture/contracts.py": "read by the drawing and by a test",
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


def test_a_small_module_says_why_it_is_one() -> None:
    files = [path for path in modules(tests=False) if path.name not in ("__init__.py", "__main__.py")]
    small = [path for path in files if len((ROOT / path).read_bytes().splitlines()) < LEAST_LINES]

    unexplained = [str(path) for path in small if not any(path.match(pattern) for pattern in SMALL)]
    without_a_file = [pattern for pattern in SMALL if not any(path.match(pattern) for path in small)]

    assert unexplained == [], "Put it where it is used, or say here why it is a module of its own."
    assert without_a_file == [], "These reasons are for no module any more."
