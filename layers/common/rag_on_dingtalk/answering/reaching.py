"""The ways one bot can reach people, built from its settings."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from rag_on_dingtalk.addresses import origin_of
from rag_on_dingtalk.answering.enclosures import Enclosures
from rag_on_dingtalk.answering.parties import Files
from rag_on_dingtalk.answering.reply import Channels
from rag_on_dingtalk.config import resolve_secret
from rag_on_dingtalk.dingtalk.cards import Cards
from rag_on_dingtalk.dingtalk.client import OpenApi
from rag_on_dingtalk.dingtalk.media import Media
from rag_on_dingtalk.fetching import Fetcher

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from rag_on_dingtalk.answering.budget import CallBudget
    from rag_on_dingtalk.config import Bot


#: Where DingTalk keeps what people sent; its pre-signed addresses may be plain http.
_STORAGE = (".aliyuncs.com", ".dingtalk.com", ".alicdn.com")
_MEGABYTE = 1_000_000


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def channels_of(
    bot: Bot, environ: Mapping[str, str], http: httpx.AsyncClient, budget: CallBudget
) -> Channels:
    """How the bot reaches people.

    Raises:
        ConfigurationError: the app's secret is not there.
    """
    app = bot.dingtalk
    api = OpenApi(
        http=http,
        api_url=environ.get("DINGTALK_API_URL", "https://api.dingtalk.com"),
        client_id=app.client_id,
        client_secret=resolve_secret(app.client_secret, environ),
        clock=time.monotonic,
    )
    cards = None
    if app.card:
        cards = Cards(
            api=api,
            robot_code=app.robot,
            template=app.card,
            callback_route=app.card_callback.route if app.card_callback else "",
            frame_id=lambda: str(uuid.uuid4()),
        )
    return Channels(http=http, api=api, cards=cards, robot_code=app.robot, budget=budget, clock=now_ms)


def files_of(bot: Bot, environ: Mapping[str, str], http: httpx.AsyncClient, channels: Channels) -> Files:
    """How the bot comes by pictures and files, and shows those of its answers."""
    most_bytes = int(bot.files.megabytes * _MEGABYTE)
    media = Media(
        api=channels.api,
        http=http,
        oapi_url=environ.get("DINGTALK_OAPI_URL", "https://oapi.dingtalk.com"),
        robot_code=bot.dingtalk.robot,
    )
    storage = origin_of(environ.get("DINGTALK_API_URL", "https://api.dingtalk.com"))
    backend = bot.backend.base_url
    return Files(
        media=media,
        downloads=Fetcher(most_bytes=most_bytes, trusted=(storage,), plain_http=_STORAGE),
        enclosures=Enclosures(
            media,
            Fetcher(most_bytes=most_bytes, trusted=(origin_of(backend), *bot.files.origins)),
            base_url=backend,
        ),
    )
