"""What answers from files beside bots.yaml goes into the functions that answer, and into no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devserver.settings import ROOT
from infra.package.build import _fill_function, functions
from rag_on_dingtalk.knowledge.skills.files import SKILLS_FILE, compile_skills, load_skills
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    from pathlib import Path

DEMO = ROOT / "devserver" / "bots.yaml"


@pytest.mark.parametrize("name", functions())
def test_every_function_but_the_callback_has_the_compiled_skills(name: str, tmp_path: Path) -> None:
    bots = load_bots(DEMO)
    compiled = compile_skills(bots.bots, DEMO.parent)
    _fill_function(name, tmp_path, bots, {SKILLS_FILE: compiled, "nothing.json": b""})

    assert (tmp_path / SKILLS_FILE).exists() is (name != "callback")
    assert not (tmp_path / "nothing.json").exists()
    if name != "callback":
        found = load_skills(bots.bots["team"].skills.files, tmp_path / "bots.json")
        assert [skill.id for skill in found] == ["leave-balance", "book-room", "parking"]
