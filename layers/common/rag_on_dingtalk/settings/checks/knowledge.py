"""The rules of skills, experts and gaps that types cannot say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot

#: Alibaba Cloud's metadata service hands out the function's own rights.
_METADATA = ("100.100.100.200", "169.254.169.254")


def check_knowledge(name: str, bot: Bot) -> None:
    """Check one bot.

    Raises:
        ConfigurationError: names the place and what to do.
    """
    for origin in bot.skills.origins:
        if not re.fullmatch(r"https?://[^/\s@]+", origin) or any(one in origin for one in _METADATA):
            raise ConfigurationError(
                f"bots.{name}.skills.origins has {origin!r}. It must be http:// or https:// and a host of "
                "your own, without a path."
            )
    routes = {route.name for route in bot.all_routes}
    if unknown := sorted(set(bot.experts) - routes):
        raise ConfigurationError(
            f"bots.{name}.experts names {', '.join(unknown)}, which is no route. Routes: "
            f"{', '.join(sorted(routes))}."
        )
    if (bot.gaps.cards or bot.gaps.tell_askers) and not bot.skills.curated:
        raise ConfigurationError(
            f"bots.{name}.gaps lets people write answers, and without skills.curated the bot does not use "
            "them. Add `skills: {curated: true}`."
        )
    if (bot.gaps.cards or bot.gaps.tell_askers) and not bot.operations.keep_questions:
        raise ConfigurationError(
            f"bots.{name}.gaps needs the words of questions, which operations.keep_questions does not keep. "
            "Set one of them otherwise."
        )
