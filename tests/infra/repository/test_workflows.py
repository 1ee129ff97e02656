"""GitHub's workflows do what the Makefile does, with pinned actions and no right that they do not need."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.package.wheels.target import TARGETS

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / "infra" / "examples" / "github-actions").glob("*.yml"))
#: What no machine but GitHub's can do: the beginning of a command → why it is no goal of the Makefile.
ONLY_AT_GITHUB = {
    "gh pr comment ": "writes to a pull request",
    "gh release create ": "publishes",
}

each_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
each_file = pytest.mark.parametrize("workflow", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.stem)


@lru_cache
def read(workflow: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    return loaded


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in read(workflow)["jobs"].values() for step in job["steps"]]


def commands(workflow: Path) -> list[str]:
    return [step["run"] for step in steps(workflow) if "run" in step]


def goals() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_pushes_are_checked_and_tags_are_released() -> None:
    # YAML 1.1 reads the key `on` as true.
    triggers = {path.stem: read(path)[True] for path in WORKFLOWS}  # type: ignore[index]

    assert set(triggers) == {"bench", "check", "release", "site"}
    assert triggers["check"] == {"push": {"branches": ["main"]}, "pull_request": None}
    assert triggers["release"] == {"push": {"tags": ["v*"]}}


@each_workflow
def test_every_command_is_a_goal_of_the_makefile(workflow: Path) -> None:
    elsewhere = [command for command in commands(workflow) if not command.startswith(tuple(ONLY_AT_GITHUB))]

    named = [re.match(r"make ([a-z-]+)", command) for command in elsewhere]
    assert [command for command, goal in zip(elsewhere, named, strict=True) if goal is None] == []
    assert {goal[1] for goal in named if goal} <= goals()


def test_what_make_test_leaves_out_is_checked_and_run_at_github() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (left_out,) = re.findall(r"^THOROUGH := (.+)$", makefile, re.MULTILINE)
    (checked,) = re.findall(r"^check: ([a-z ]+)", makefile, re.MULTILINE)
    every = [command for workflow in WORKFLOWS for command in commands(workflow)]

    assert [one for one in left_out.split() if not (ROOT / one).exists()] == []
    assert {"test", "thorough"} <= set(checked.split())
    assert "make thorough" in every


def test_what_only_github_can_do_is_done() -> None:
    every = [command for workflow in WORKFLOWS for command in commands(workflow)]

    assert all(any(command.startswith(one) for command in every) for one in ONLY_AT_GITHUB)


@each_file
def test_every_action_is_pinned_by_commit_and_says_its_version(workflow: Path) -> None:
    used = re.findall(r"uses: (.+)$", workflow.read_text(encoding="utf-8"), re.MULTILINE)

    assert used
    assert [one for one in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_an_action_has_one_version_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for workflow in (*WORKFLOWS, *EXAMPLES):
        for name, pin in re.findall(r"uses: (\S+)@(.+)$", workflow.read_text(encoding="utf-8"), re.MULTILINE):
            pins.setdefault(name, set()).add(pin)

    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


@each_file
def test_rights_are_given_to_single_jobs_and_the_code_is_checked_out_without_a_key(workflow: Path) -> None:
    assert read(workflow)["permissions"] == {}
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@each_workflow
def test_a_job_that_may_write_runs_none_of_our_code(workflow: Path) -> None:
    for job in read(workflow)["jobs"].values():
        if "write" in job["permissions"].values():
            assert [step for step in job["steps"] if step.get("run", "").startswith("make")] == []
            assert [step for step in job["steps"] if "checkout" in step.get("uses", "")] == []


def test_the_tests_run_on_every_python_that_the_project_names() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    workflow = read(ROOT / ".github" / "workflows" / "check.yml")

    assert workflow["jobs"]["tests"]["strategy"]["matrix"]["python"] == named
    assert set(TARGETS) <= set(named)


@pytest.mark.parametrize(
    ("file", "job"), [("check", "thorough"), ("check", "packages"), ("release", "build")]
)
def test_zips_are_compiled_by_the_pythons_they_run_on(file: str, job: str) -> None:
    pythons = [
        str(step["with"]["python-version"]).split()
        for step in read(ROOT / ".github" / "workflows" / f"{file}.yml")["jobs"][job]["steps"]
        if "setup-python" in step.get("uses", "")
    ]

    assert [set(one) for one in pythons] == [set(TARGETS)]


def test_a_new_push_ends_the_run_before_but_no_release() -> None:
    ends = {path.stem: read(path)["concurrency"]["cancel-in-progress"] for path in WORKFLOWS}

    assert ends == {"bench": True, "check": True, "release": False, "site": False}
