"""What would be deployed, written into a folder for the local Function Compute: bots, s.yaml and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from devserver.settings import ROOT
from devserver.wiring.company import skills_here
from devserver.wiring.packages import from_sources, from_zips
from emulators.function_compute.description.s_yaml import YAML_LOADER
from infra.answer_functions.own import whole
from rag_on_dingtalk.knowledge.skills.files import SKILLS_FILE, write_skills
from rag_on_dingtalk.safety.words.word_lists import write_words

if TYPE_CHECKING:
    from pathlib import Path

    from devserver.settings import Settings
    from emulators.function_compute.runtimes.programs import Programs
    from rag_on_dingtalk.settings.bot import Bots


def compiled_in(folder: Path, content: bytes, *, bots: Bots, beside: Path, company_url: str) -> Path:
    """The compiled bots, with their words and skills beside them.

    content: of the compiled bots. beside: where the bots' own files stand. company_url: what the skills call.
    """
    compiled = folder / "bots.json"
    compiled.write_bytes(content)
    write_words(bots.bots, beside, compiled)
    write_skills(bots.bots, beside, compiled)
    if (skills := compiled.with_name(SKILLS_FILE)).exists():
        skills.write_bytes(skills_here(skills.read_bytes(), company_url))
    return compiled


def s_yaml_in(folder: Path, bots: Bots) -> Path:
    """infra/s.yaml; with the functions of single bots and the console in it, if there are any."""
    deployed = ROOT / "infra" / "s.yaml"
    own = any(bot.answer_function is not None for bot in bots.bots.values())
    if not own and bots.console is None:
        return deployed
    document = yaml.load(deployed.read_text(encoding="utf-8"), Loader=YAML_LOADER)  # noqa: S506 - a safe one
    extended = folder / "s.yaml"
    extended.write_text(yaml.safe_dump(whole(document, bots), sort_keys=False), encoding="utf-8")
    return extended


def programs_in(folder: Path, settings: Settings) -> Programs:
    """The functions' programs: this repository's sources, or zips, which are unpacked into `folder`."""
    if settings.zips is None:
        return from_sources(settings.library)
    return from_zips(settings.zips, folder)
