"""`docs/architecture.md` and `docs/decisions` show the library as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from infra.architecture.__main__ import OUTPUT, drawn
from infra.architecture.contracts import read_layers
from infra.architecture.picture import FUNCTIONS, NOT_DEPLOYED, ROOMS, draw
from tests.infra.documents.texts import ROOT, text, twin
from tests.journey.document import files_of, written_into
from tests.journey.walking import APP, walk

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = ROOT / "layers" / "common" / "rag_on_dingtalk"
DOCUMENT = ROOT / "docs" / "architecture.md"
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


def rows_below(heading: str) -> list[str]:
    """The rows of the first table below a heading, without its head."""
    part = re.split(r"^#+ ", text(DOCUMENT).partition(heading)[2], maxsplit=1, flags=re.MULTILINE)[0]
    return [line for line in part.splitlines() if line.startswith("| ")][1:]


def paths_in(row: str) -> list[str]:
    return [one for one in re.findall(r"`([^`]+)`", row) if "/" in one and " " not in one and one[0] != "/"]


STEPS = rows_below("## A question's way\n")
PLACES = rows_below("## Where do I add …\n")


def test_the_picture_is_that_of_the_contracts() -> None:
    assert text(OUTPUT) == drawn(), "Run `make docs`."


def test_the_picture_shows_every_room_and_every_function() -> None:
    rooms = {
        path.stem for path in LIBRARY.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    layers = read_layers(text(ROOT / "pyproject.toml"))

    assert {room for layer in layers for room in layer} == set(ROOMS) == rooms - {"__init__", "__main__"}
    assert {path.parent.name for path in (ROOT / "functions").glob("*/*.py")} == set(FUNCTIONS)
    assert all((ROOT / name).is_dir() for name in NOT_DEPLOYED)


def test_a_layer_of_two_rooms_is_one_band() -> None:
    picture = draw(
        read_layers('type = "layers"\nlayers = [\n    "cli",\n    "webhook | worker",\n]\n'), ["callback"]
    )

    cli, webhook, worker = (
        re.search(rf'y="(\d+)"[^>]*>{name}<', picture) for name in ("cli", "webhook", "worker")
    )
    assert cli
    assert webhook
    assert worker
    assert webhook[1] == worker[1] != cli[1]


@pytest.mark.parametrize("contracts", [0, 2])
def test_without_exactly_one_contract_of_layers_nothing_is_drawn(contracts: int) -> None:
    with pytest.raises(ValueError, match=f"has {contracts} contracts"):
        read_layers('type = "layers"\nlayers = [\n    "a",\n]\n' * contracts)


def test_a_questions_way_has_at_most_twelve_steps() -> None:
    assert 8 <= len(STEPS) <= 12


@pytest.mark.parametrize("row", STEPS)
def test_each_step_names_its_files(row: str) -> None:
    named = paths_in(row.rsplit(" | ", 1)[-1])

    assert named
    assert [one for one in named if not ((LIBRARY / one).exists() or (ROOT / one).exists())] == []


def test_there_are_nine_places_to_add_something() -> None:
    assert len(PLACES) == 9


@pytest.mark.parametrize("row", PLACES)
def test_each_place_and_each_check_exists(row: str) -> None:
    _, files, checks = (cell.strip() for cell in row.strip("| ").split(" | "))

    assert paths_in(files)
    assert paths_in(checks)
    assert [one for one in paths_in(row) if not (ROOT / one).exists()] == []


def test_from_the_job_to_the_backend_it_is_ten_files_and_fourteen_frames_at_most() -> None:
    way = walk()
    told = "\n".join(f"{frame.file} {frame.function}" for frame in way)

    assert way[0].file == APP, told
    assert way[-1].file == "pipeline/asking/listen.py", told
    assert len(files_of(way)) <= 10, told
    assert len(way) <= 14, told


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_table_of_that_way_is_todays(language: str) -> None:
    document = text(DOCUMENT if language == "en" else twin(DOCUMENT))

    assert document == written_into(document, walk(), language), "Run `make docs`."


@pytest.mark.parametrize("heading", ["## A question's way\n", "## Where do I add …\n"])
def test_the_chinese_tables_name_the_same_files(heading: str) -> None:
    place = [line for line in text(DOCUMENT).splitlines() if line.startswith("#")].index(heading.strip())
    chinese = [line for line in text(twin(DOCUMENT)).splitlines() if line.startswith("#")][place]
    part = re.split(
        r"^#+ ", text(twin(DOCUMENT)).partition(f"{chinese}\n")[2], maxsplit=1, flags=re.MULTILINE
    )[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")][1:]

    assert [sorted(paths_in(row)) for row in rows] == [sorted(paths_in(row)) for row in rows_below(heading)]


def test_a_document_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="has no lines"):
        written_into("# Architecture\n", walk())


def test_every_decision_is_on_the_index_in_its_order() -> None:
    index = text(ROOT / "docs" / "decisions" / "README.md")
    titles = [text(path).splitlines()[0].removeprefix("# ") for path in DECISIONS]

    assert re.findall(r"^- \[(.+)\]\((.+)\)$", index, re.MULTILINE) == [
        (title, path.name) for title, path in zip(titles, DECISIONS, strict=True)
    ]
    assert [int(path.name[:3]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_short_and_has_its_three_parts(decision: Path) -> None:
    lines = text(decision).splitlines()

    assert [line for line in lines if line.startswith("#")][1:] == [
        "## Context",
        "## Decision",
        "## Consequence",
    ]
    assert 10 <= len(lines) <= 25


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_file_that_a_decision_names_exists(decision: Path) -> None:
    named = [one for one in paths_in(text(decision)) if one != "a/b"]

    assert [one for one in named if not ((LIBRARY / one).exists() or (ROOT / one).exists())] == []
