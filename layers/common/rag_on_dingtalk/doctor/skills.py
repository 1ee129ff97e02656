"""A bot's skills: whether they can be loaded, come out as their own questions say, and have their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.doctor.line import Line, well, wrong
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.files import check_skills, skills_beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rag_on_dingtalk.settings.bot import Bot

SUBJECT = "skills"


def examine(name: str, bot: Bot, bots_file: Path, environ: Mapping[str, str]) -> Line:
    """No API is called: what a call does is the company's own."""
    try:
        found = skills_beside(bot.skills.files, bots_file)
        check_skills(name, bot, found)
        for secret in {skill.call.secret for skill in found if skill.call is not None and skill.call.secret}:
            resolve_secret(secret, environ)
    except ConfigurationError as error:
        return wrong(SUBJECT, str(error))
    asked = sum(len(skill.tests) for skill in found)
    return well(SUBJECT, f"{len(found)} skills; their {asked} own questions come out as they say.")
