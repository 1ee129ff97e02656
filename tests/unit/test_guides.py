"""The guides name what exists, and both languages say the same."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import msgspec
import pytest
import yaml

from rag_on_dingtalk.config import Bot

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
ENGLISH = sorted(path for path in GUIDES.glob("*.md") if not path.name.endswith(".zh-CN.md"))
EVERY = sorted(GUIDES.glob("*.md"))

#: Commands and targets that the guides may name before they are there. Whoever adds one strikes it out here.
EXPECTED_COMMANDS: set[str] = set()
EXPECTED_TARGETS: set[str] = set()

#: Other programs' variables.
FOREIGN_VARIABLES = {"ANYTHINGLLM_FETCH_TIMEOUT"}
#: A policy's placeholders are variables of the shell that fills them in.
POLICY_PLACEHOLDERS = r"\$\{([A-Z_]+)\}"

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]+)")


@lru_cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def twin(path: Path) -> Path:
    return path.with_name(path.name.replace(".md", ".zh-CN.md"))


def blocks(path: Path, language: str | None = None) -> list[str]:
    return [code for kind, code in _FENCE.findall(text(path)) if language in (None, kind)]


def code(path: Path) -> list[str]:
    """Every code block and every piece of code inside a sentence."""
    prose = _FENCE.sub("", text(path))
    return [*blocks(path), *re.findall(r"`([^`\n]+)`", prose)]


def links(path: Path) -> list[str]:
    return _LINK.findall(text(path))


@lru_cache
def sources() -> str:
    folders = ("layers", "functions")
    return "".join(text(path) for folder in folders for path in (ROOT / folder).rglob("*.py"))


@lru_cache
def terraform(kind: str) -> frozenset[str]:
    every = "".join(text(path) for path in (ROOT / "infra" / "terraform").glob("*.tf"))
    return frozenset(re.findall(rf'^{kind} "(\w+)"', every, re.MULTILINE))


@lru_cache
def own_commands() -> frozenset[str]:
    done = subprocess.run(
        [sys.executable, "-m", "rag_on_dingtalk", "--help"], capture_output=True, text=True, check=True
    )
    return frozenset(re.findall(r"^    ([a-z-]+)(?: |$)", done.stdout, re.MULTILINE))


@lru_cache
def help_of(command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "rag_on_dingtalk", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))


def test_every_guide_is_there_in_both_languages() -> None:
    assert {path.name for path in EVERY} == {path.name for path in ENGLISH} | {
        twin(path).name for path in ENGLISH
    }
    assert len(ENGLISH) >= 7


@pytest.mark.parametrize("guide", ENGLISH, ids=lambda path: path.stem)
def test_both_languages_have_the_same_headings_steps_and_tables(guide: Path) -> None:
    shapes = [
        re.findall(r"^(#+ |\d+\. |\|)", _FENCE.sub("", text(path)), re.MULTILINE)
        for path in (guide, twin(guide))
    ]

    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("guide", ENGLISH, ids=lambda path: path.stem)
def test_both_languages_have_the_same_code(guide: Path) -> None:
    assert blocks(guide) == blocks(twin(guide))


@pytest.mark.parametrize("guide", ENGLISH, ids=lambda path: path.stem)
def test_both_languages_lead_to_the_same_places(guide: Path) -> None:
    english = [link.replace(".zh-CN.md", ".md") for link in links(guide)]
    chinese = [link.replace(".zh-CN.md", ".md") for link in links(twin(guide))]

    assert sorted(english) == sorted(chinese)


@pytest.mark.parametrize("guide", EVERY, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere_and_stays_in_its_language(guide: Path) -> None:
    near = [link for link in links(guide) if "://" not in link]
    chinese = guide.name.endswith(".zh-CN.md")
    # The first link of a guide is the one to its twin.
    astray = [link for link in near[1:] if "/" not in link and link.endswith(".zh-CN.md") is not chinese]

    assert [link for link in near if not (guide.parent / link).exists()] == []
    assert astray == []


@pytest.mark.parametrize("guide", EVERY, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(guide: Path) -> None:
    named = {target for piece in code(guide) for target in re.findall(r"\bmake ([a-z]+)", piece)}

    assert named - targets() - EXPECTED_TARGETS == set()


@pytest.mark.parametrize("guide", EVERY, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(guide: Path) -> None:
    named = {
        command
        for piece in code(guide)
        for command in re.findall(r"python -m rag_on_dingtalk ([a-z-]+)", piece)
    }

    assert named - own_commands() - EXPECTED_COMMANDS == set()


@pytest.mark.parametrize("guide", ENGLISH, ids=lambda path: path.stem)
def test_every_option_of_a_command_that_is_shown_exists(guide: Path) -> None:
    shown = {
        (command, option)
        for piece in code(guide)
        for command, rest in re.findall(r"python -m rag_on_dingtalk ([a-z-]+)(.*)", piece)
        for option in re.findall(r"--[a-z-]+", rest)
        if command in own_commands()
    }

    assert {(command, option) for command, option in shown if option not in help_of(command)} == set()


def test_nothing_is_still_expected_that_is_there() -> None:
    assert EXPECTED_COMMANDS & own_commands() == set()
    assert EXPECTED_TARGETS & targets() == set()


@pytest.mark.parametrize("guide", EVERY, ids=lambda path: path.name)
def test_every_environment_variable_that_is_named_exists(guide: Path) -> None:
    """A guide may also name variables that its own bots.yaml introduces."""
    name = r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"
    known = set(re.findall(name, text(ROOT / "infra" / "s.yaml") + text(ROOT / ".env.example")))
    for policy in (ROOT / "infra" / "policies").glob("*.json"):
        known |= set(re.findall(POLICY_PLACEHOLDERS, text(policy)))
    for block in blocks(guide, "yaml"):
        known |= set(re.findall(r"env:([A-Z_]+)", block))
    named = {variable for piece in code(guide) for variable in re.findall(name, piece)}

    assert named - known - FOREIGN_VARIABLES == set()


@pytest.mark.parametrize("guide", EVERY, ids=lambda path: path.name)
def test_every_file_of_the_repository_that_is_named_exists(guide: Path) -> None:
    named = {
        path
        for piece in code(guide)
        for path in re.findall(r"(?<![\w/.-])((?:infra|functions|layers|tests|local)/[\w./-]+)", piece)
    }
    # Written by the reader, or kept out of git.
    own = {"infra/terraform/terraform.tfvars", "infra/dingtalk"}

    assert {path for path in named - own if not (ROOT / path.rstrip(".")).exists()} == set()


@pytest.mark.parametrize("guide", ENGLISH, ids=lambda path: path.stem)
def test_every_bots_yaml_that_is_shown_holds_settings_that_exist(guide: Path) -> None:
    whole = {
        "dingtalk": {"client_id": "id", "client_secret": "env:SECRET"},
        "backend": {"kind": "anythingllm", "base_url": "https://kb", "api_key": "env:KEY", "workspace": "w"},
    }
    for block in blocks(guide, "yaml"):
        for shown in yaml.safe_load(block)["bots"].values():
            bot = {**whole, **shown, "dingtalk": {**whole["dingtalk"], **shown.get("dingtalk", {})}}

            assert msgspec.convert(bot, Bot)


@pytest.mark.parametrize("guide", ENGLISH, ids=lambda path: path.stem)
def test_every_terraform_variable_and_output_that_is_named_exists(guide: Path) -> None:
    outputs = {name for piece in code(guide) for name in re.findall(r"terraform \S+ output (\w+)", piece)}
    variables = {
        name
        for block in blocks(guide, "hcl")
        if "resource" not in block
        for name in re.findall(r"^ *([a-z_]+) *=", block, re.MULTILINE)
    }
    if guide.stem == "deploy-terraform":
        variables |= set(re.findall(r"^\| `(\w+)` \|", text(guide), re.MULTILINE))

    assert outputs <= terraform("output")
    assert variables <= terraform("variable")


def test_every_log_line_that_is_explained_is_one_that_is_written() -> None:
    """Words of a table's first column: log lines and reasons of refusals."""
    guide = text(GUIDES / "troubleshooting.md")
    cells = re.findall(r"^\| ([^|]+) \|", guide, re.MULTILINE)
    words = {word for cell in cells for word in re.findall(r"`([a-z]+(?:_[a-z]+)+|[a-z]+ed)`", cell)}
    settings = {"turn_id", "first_piece", "first_frame"}

    assert len(words) > 20
    assert {word for word in words - settings if f'"{word}"' not in sources()} == set()
