"""The lines about one bot: its settings, its app in DingTalk, its address, its backend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.doctor import backend, configuration, skills
from rag_on_dingtalk.doctor.dingtalk import app, callback_url, stream
from rag_on_dingtalk.doctor.dingtalk.card_route import ClicksAddress
from rag_on_dingtalk.doctor.dingtalk.trials import AppTrials
from rag_on_dingtalk.doctor.line import unchecked
from rag_on_dingtalk.doctor.web import fetch
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.secret_references import backend_setting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.doctor.line import Line
    from rag_on_dingtalk.doctor.web import Web
    from rag_on_dingtalk.settings.bot import Bot


class Surroundings(msgspec.Struct, frozen=True):
    """What is the same for every bot.

    url: the callback function's address without a path; empty: not known.
    people: staff ids to look up beside the administrators.
    run: names what is made on the way, never used before. bots: the file they are in.
    """

    environ: Mapping[str, str]
    url: str
    people: tuple[str, ...]
    run: str
    bots: Path = Path("bots.yaml")


async def examine(name: str, bot: Bot, around: Surroundings, web: Web) -> AsyncIterator[Line]:
    """Look at one bot."""
    async for line in _lines(name, bot, around, web):
        yield msgspec.structs.replace(line, bot=name)


async def _lines(name: str, bot: Bot, around: Surroundings, web: Web) -> AsyncIterator[Line]:
    secrets, problems = configuration.resolve(bot, around.environ)
    yield configuration.judge(len(secrets), problems)
    async for line in _app_lines(name, bot, around, web, secrets):
        yield line
    yield await _address(name, bot, around.url, web)
    for called, settings in bot.all_backends.items():
        setting = f"{backend_setting(bot, called)}.api_key"
        key = secrets.get(setting) if settings.api_key else Secret("")
        yield await backend.examine(settings, key) if key else backend.NO_KEY
    if bot.skills.files:
        yield skills.examine(name, bot, around.bots, around.environ)


async def _app_lines(
    name: str, bot: Bot, around: Surroundings, web: Web, secrets: Mapping[str, Secret]
) -> AsyncIterator[Line]:
    client_secret = secrets.get("dingtalk.client_secret")
    if client_secret is None:
        for line in app.without_secret(bot.dingtalk):
            yield line
        return
    trials = AppTrials(
        web,
        settings=bot.dingtalk,
        client_secret=client_secret,
        api_url=around.environ.get("DINGTALK_API_URL", "https://api.dingtalk.com"),
        oapi_url=around.environ.get("DINGTALK_OAPI_URL", "https://oapi.dingtalk.com"),
    )
    async for line in app.examine(
        trials,
        bot.dingtalk,
        clicks=ClicksAddress(around.url, name),
        secrets=secrets,
        people=tuple(dict.fromkeys((*bot.administrators, *around.people))),
        new_card=f"doctor-{around.run}-{name}",
    ):
        yield line


async def _address(name: str, bot: Bot, url: str, web: Web) -> Line:
    if bot.dingtalk.by_stream:
        return unchecked(callback_url.SUBJECT, stream.NO_ADDRESS)
    if not url:
        return callback_url.NO_URL
    probed = f"{url}/robot/{name}"
    return callback_url.judge(probed, *await fetch(web, probed))
