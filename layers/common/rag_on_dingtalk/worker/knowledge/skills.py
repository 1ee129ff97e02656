"""One bot's skills, built from its settings."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.knowledge.skills.calling import ApiCaller
from rag_on_dingtalk.knowledge.skills.files import load_skills
from rag_on_dingtalk.knowledge.skills.matching import ready

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.settings.sections.knowledge import SkillSettings


def build_skills(settings: SkillSettings, environ: Mapping[str, str]) -> dict[str, Any]:
    """`skills` and `apis` of a BotRuntime. It blocks: a file is read.

    A skill's secret is asked for with its first call: without it the other answers go on.

    Raises:
        ConfigurationError: the compiled skills cannot be had.
    """
    found = load_skills(settings.files, Path(environ.get("BOTS_FILE", "bots.json")))
    return {
        "skills": tuple(map(ready, found)),
        "apis": ApiCaller(settings.origins, partial(resolve_secret, environ=environ)),
    }
