"""DingTalk's directory for a command, as the app of one bot."""

from __future__ import annotations

import os
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from rag_on_dingtalk.cloud.secrets import resolve_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.dingtalk.directory.people import People
    from rag_on_dingtalk.settings.bot import Bot


@asynccontextmanager
async def people_of(bot: Bot) -> AsyncIterator[People]:
    """The directory.

    Raises:
        ConfigurationError: the Client Secret cannot be had.
    """
    # What calls DingTalk takes longer to load than the rest of a command takes.
    import httpx

    from rag_on_dingtalk.dingtalk.directory.people import People
    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

    async with httpx.AsyncClient() as http:
        api = OpenApi(
            http=http,
            api_url=os.environ.get("DINGTALK_API_URL", "https://api.dingtalk.com"),
            client_id=bot.dingtalk.client_id,
            client_secret=resolve_secret(bot.dingtalk.client_secret),
            clock=time.monotonic,
        )
        oapi_url = os.environ.get("DINGTALK_OAPI_URL", "https://oapi.dingtalk.com")
        yield People(api=api, http=http, oapi_url=oapi_url)
