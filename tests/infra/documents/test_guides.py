"""The guides name what exists, and both languages say the same."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from infra.settings.sentences import ENVIRONMENT, read
from rag_on_dingtalk import texts
from rag_on_dingtalk.dingtalk.inbound.org_event import EVENT_TYPES
from rag_on_dingtalk.evaluation.golden import read_golden
from rag_on_dingtalk.settings.bots_document import convert_bots
from tests.infra.documents.texts import ROOT, blocks, code, links, prose, text, twin

GUIDES = ROOT / "docs" / "guides"
ENGLISH = sorted(path for path in GUIDES.glob("*.md") if not path.name.endswith(".zh-CN.md"))
EVERY = sorted(GUIDES.glob("*.md"))

#: Other programs' variables.
FOREIGN_VARIABLES = {"ANYTHINGLLM_FETCH_TIMEOUT", "CICD_ENV"}
#: A policy's placeholders are variables of the shell that fills them in.
POLICY_PLACEHOLDERS = r"\$\{([A-Z_]+)\}"


@lru_cache
def sources() -> str:
    folders = ("layers", "functions", "bridge")
    return "".join(text(path) for folder in folders for path in (ROOT / folder).rglob("*.py"))


@lru_cache
def terraform(kind: str) -> frozenset[str]:
    every = "".join(text(path) for path in (ROOT / "infra" / "terraform").glob("*.tf"))
    return frozenset(re.findall(rf'^{kind} "(\w+)"', every, re.MULTILINE))


def test_every_guide_is_there_in_both_languages() -> None:
    assert {path.name for path in EVERY} == {path.name for path in ENGLISH} | {
        twin(path).name for path in ENGLISH
    }
    assert len(ENGLISH) >= 7


@pytest.mark.parametrize("guide", ENGLISH, ids=lambda path: path.stem)
def test_both_languages_have_the_same_headings_steps_and_tables(guide: Path) -> None:
    shapes = [re.findall(r"^(#+ |\d+\. |\|)", prose(path), re.MULTILINE) for path in (guide, twin(guide))]

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
def test_every_environment_variable_that_is_named_exists(guide: Path) -> None:
    """A guide may also name variables that its own bots.yaml introduces."""
    name = r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"
    known = set(read(ENVIRONMENT))
    for policy in (ROOT / "infra" / "policies").glob("*.json"):
        known |= set(re.findall(POLICY_PLACEHOLDERS, text(policy)))
    for block in blocks(guide, "yaml"):
        known |= set(re.findall(r"env:([A-Z_]+)", block))
    known |= set(re.findall(name, text(ROOT / "bridge" / "compose.yaml")))
    known |= set(re.findall(name, text(ROOT / "devserver" / "live" / "bots.py")))
    named = {variable for piece in code(guide) for variable in re.findall(name, piece)}

    assert named - known - FOREIGN_VARIABLES == set()


@pytest.mark.parametrize("guide", EVERY, ids=lambda path: path.name)
def test_every_file_of_the_repository_that_is_named_exists(guide: Path) -> None:
    named = {
        path
        for piece in code(guide)
        for path in re.findall(
            r"(?<![\w/.-])((?:infra|functions|layers|tests|devserver|emulators|bridge)/[\w./-]+)", piece
        )
    }
    # Written by the reader, or kept out of git.
    own = {f"infra/terraform/{name}.tfvars" for name in ("terraform", "staging")}
    own |= {"infra/dingtalk", "infra/s.bots.yaml"}

    assert {path for path in named - own if not (ROOT / path.rstrip(".")).exists()} == set()


@pytest.mark.parametrize("guide", ENGLISH, ids=lambda path: path.stem)
def test_every_bots_yaml_that_is_shown_holds_settings_that_exist(guide: Path) -> None:
    whole = {
        "dingtalk": {"client_id": "id", "client_secret": "env:SECRET"},
        "backend": {"kind": "anythingllm", "base_url": "https://kb", "api_key": "env:KEY", "workspace": "w"},
    }
    documents = [yaml.safe_load(block) for block in blocks(guide, "yaml")]
    for document in documents:
        if "questions" in document:
            assert read_golden(document, guide.name)
    for document in documents:
        for shown in document.get("bots", {}).values():
            named = {} if "backends" in shown else whole
            bot = {**named, **shown, "dingtalk": {**whole["dingtalk"], **shown.get("dingtalk", {})}}

            assert convert_bots({"bots": {"shown": bot}})


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


@lru_cache
def explained() -> frozenset[str]:
    """Words of a table's first column: log lines and reasons of refusals."""
    cells = re.findall(r"^\| ([^|]+) \|", text(GUIDES / "troubleshooting.md"), re.MULTILINE)
    return frozenset(word for cell in cells for word in re.findall(r"`([a-z]+(?:_[a-z]+)+|[a-z]+ed)`", cell))


def test_every_log_line_that_is_explained_is_one_that_is_written() -> None:
    settings = {"turn_id", "first_piece", "first_frame"}

    assert len(explained()) > 20
    assert {word for word in explained() - settings if f'"{word}"' not in sources()} == set()


@pytest.mark.parametrize("guide", [GUIDES / "troubleshooting.md", twin(GUIDES / "troubleshooting.md")])
def test_every_log_line_that_warns_is_explained(guide: Path) -> None:
    warnings = set(re.findall(r'(?:\b|_)log\(\s*"(\w+)",\s*level="(?:WARNING|ERROR)"', sources()))

    assert len(warnings) > 20
    assert {line for line in warnings if f"`{line}`" not in text(guide)} == set(), "Add these to its table."


@pytest.mark.parametrize("guide", [GUIDES / "troubleshooting.md", twin(GUIDES / "troubleshooting.md")])
def test_every_sentence_in_the_chat_that_is_explained_is_one_that_the_bot_says(guide: Path) -> None:
    part = re.split(r"^## ", text(guide), flags=re.MULTILINE)[-3]
    cells = re.findall(r"^\| ([^|-][^|]*?) \|", part, re.MULTILINE)[1:]
    said = "".join(text(path) for path in sorted(Path(texts.__file__).parent.glob("*.py")))

    assert len(cells) > 5
    assert [words for cell in cells for words in cell.split(" · ") if words not in said] == []


@pytest.mark.parametrize("guide", [GUIDES / "dingtalk.md", twin(GUIDES / "dingtalk.md")])
def test_every_event_to_subscribe_to_is_one_that_the_bot_takes(guide: Path) -> None:
    (step,) = re.findall(r"^4\. (?:Subscribe to|订阅) (.+?)\n\n", text(guide), re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([a-z_]+)`", step))

    assert "chat_disband" in named
    assert named <= EVENT_TYPES
