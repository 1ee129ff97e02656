"""The company's API of this machine, in the place of the address that the demo's skills name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot

#: In devserver/bots.yaml and devserver/skills/demo.yaml.
WRITTEN = "http://127.0.0.1:3002"
COMPANY_KEY = "local-company-api-key"
#: The people of the emulated DingTalk: days of leave in the year, and of those already taken.
LEAVE = {"user0001": (10, 3), "user0002": (15, 4), "user0003": (5, 5)}


def calls_here(bot: Bot, url: str) -> Bot:
    """The bot whose skills may call what listens here."""
    if WRITTEN not in bot.skills.origins:
        return bot
    origins = tuple(url if origin == WRITTEN else origin for origin in bot.skills.origins)
    return msgspec.structs.replace(bot, skills=msgspec.structs.replace(bot.skills, origins=origins))


def skills_here(compiled: bytes, url: str) -> bytes:
    """The compiled skills with that address."""
    return compiled.replace(f'"{WRITTEN}/'.encode(), f'"{url}/'.encode())
