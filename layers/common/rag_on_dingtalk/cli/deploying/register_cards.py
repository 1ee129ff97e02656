"""`register-cards`: tell DingTalk where the clicks on cards go."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rag_on_dingtalk.cli.acting import recorded
from rag_on_dingtalk.cli.needed import bots_file, callback_url
from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.settings.secret import fit_for_path

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.dingtalk.cards.card_route import Registration
    from rag_on_dingtalk.settings.sections.dingtalk import CardCallback, DingTalkApp


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("register-cards", help="tell DingTalk where the clicks on cards go")
    parser.add_argument("file", nargs="?", type=Path, help="default: BOTS_FILE, else bots.yaml")
    parser.add_argument(
        "--url", default="", help="the callback function's address, without a path (default: CALLBACK_URL)"
    )
    parser.add_argument("--replace", action="store_true", help="also routes that lead somewhere else so far")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    base = callback_url(arguments.url)
    if not base:
        raise ConfigurationError("Say with --url, or in CALLBACK_URL, where the callback function is.")
    taken = 0
    for name, bot in load_bots(bots_file(arguments.file)).bots.items():
        if bot.dingtalk.by_stream:
            print(f"{name}: its clicks come by Stream, nothing to register.")  # noqa: T201 - as below
            continue
        callback = bot.dingtalk.card_callback
        if callback is None:
            print(f"{name}: has no card_callback, nothing to register.")  # noqa: T201 - a command's output
            continue
        registration = asyncio.run(
            _register(bot.dingtalk, callback, f"{base}/cards/{name}", replace=arguments.replace)
        )
        print(f"{name}: {_told(callback.route, base, registration)}")  # noqa: T201 - as above
        taken += registration.outcome == "taken"
        asyncio.run(recorded("card.registered", bot=name, what=callback.route, detail=registration.outcome))
    return 1 if taken else 0


async def _register(app: DingTalkApp, callback: CardCallback, url: str, *, replace: bool) -> Registration:
    # Heavy, and no other command needs them.
    import httpx

    from rag_on_dingtalk.dingtalk.cards.card_route import register_card_route
    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

    if app.path_secret:
        url = f"{url}/{fit_for_path(resolve_secret(app.path_secret), app.path_secret).reveal()}"
    async with httpx.AsyncClient() as http:
        api = OpenApi(
            http=http,
            api_url=os.environ.get("DINGTALK_API_URL", "https://api.dingtalk.com"),
            client_id=app.client_id,
            client_secret=resolve_secret(app.client_secret),
            clock=time.time,
        )
        return await register_card_route(
            api, route=callback.route, url=url, secret=resolve_secret(callback.secret), replace=replace
        )


def _told(route: str, base: str, registration: Registration) -> str:
    """One sentence, without the addresses' paths: they may end in a secret."""
    before = _origin(registration.before)
    match registration.outcome:
        case "registered":
            return f"route {route} leads to {base}."
        case "replaced":
            return f"route {route} leads to {base} now. Before: {before}."
        case "taken":
            return (
                f"route {route} leads to {before}, or is signed with another secret, and was left so. "
                "Run again with --replace to change it, for every card sent with it."
            )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "another address"
