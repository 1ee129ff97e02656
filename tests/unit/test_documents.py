"""The documents say what is so, and both READMEs say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]

_FENCE = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]+)")
_OWN_COMMAND = re.compile(r"(?:make (\w+))")


def commands(name: str) -> list[str]:
    """The lines of the code blocks that a person would type."""
    blocks = _FENCE.findall((ROOT / name).read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.startswith("make")]


def links(document: Path) -> list[str]:
    return _LINK.findall(document.read_text(encoding="utf-8"))


def test_both_readmes_give_the_same_commands() -> None:
    assert commands("README.md") == commands("README.zh-CN.md") != []


def test_both_readmes_have_the_same_parts_and_lead_to_the_same_places() -> None:
    english, chinese = ROOT / "README.md", ROOT / "README.zh-CN.md"
    headings = [
        re.findall(r"^#+", path.read_text(encoding="utf-8"), re.MULTILINE) for path in (english, chinese)
    ]

    assert headings[0] == headings[1]
    assert set(links(english)) - {"README.zh-CN.md"} == set(links(chinese)) - {"README.md"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    missing = [
        link for link in links(document) if "://" not in link and not (document.parent / link).exists()
    ]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    code = re.findall(r"`([^`\n]+)`|^(make .*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    named = {match for pair in code for text in pair for match in _OWN_COMMAND.findall(text)}

    assert named - targets == set()
