"""Content Moderation of this machine in the place of Alibaba Cloud's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.settings.sections.safety import AliyunModeration

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot


def judged_here(bot: Bot, endpoint: str) -> Bot:
    """The bot with the address that holds here: the local access key opens nothing in the cloud."""
    if not isinstance(bot.safety.moderation, AliyunModeration):
        return bot
    moderation = msgspec.structs.replace(bot.safety.moderation, endpoint=endpoint)
    return msgspec.structs.replace(bot, safety=msgspec.structs.replace(bot.safety, moderation=moderation))
