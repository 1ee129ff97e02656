"""The bots, each built when its first job comes, and built again if that failed."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.conversation_ids import tied
from rag_on_dingtalk.backends.registry import open_backend
from rag_on_dingtalk.cloud.secrets import resolve_api_key, resolve_secret
from rag_on_dingtalk.delivery.channels import Channels
from rag_on_dingtalk.delivery.media_uploader import MediaUploader
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.dingtalk.directory.department_names import DepartmentNames
from rag_on_dingtalk.dingtalk.directory.people import People
from rag_on_dingtalk.dingtalk.directory.person_names import Directory
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.net.addresses import origin_of
from rag_on_dingtalk.net.fetching import Fetcher
from rag_on_dingtalk.pipeline.context import BotRuntime, KnowledgeBase
from rag_on_dingtalk.resilience.byte_budget import ByteBudget
from rag_on_dingtalk.worker.guarded_backend import guard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AsyncExitStack

    import httpx

    from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.safety.safety import Safety
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import BackendSettings
    from rag_on_dingtalk.storage.rows.client import Rows

#: Where DingTalk keeps what people sent; its pre-signed addresses may be plain http.
_STORAGE = (".aliyuncs.com", ".dingtalk.com", ".alicdn.com")
_MEGABYTE = 1_000_000
#: Of pictures and files in one process. A byte of them takes up to three on its way (as it came, in a form,
#: in the connection), and an instance has 512 MB.
_MOST_IN_FLIGHT = 40 * _MEGABYTE


class BotRuntimes:
    """Every configured bot, by name.

    settings: the bots of bots.yaml.
    build: makes one of them; raises ConfigurationError.
    """

    def __init__(
        self,
        settings: Mapping[str, Bot],
        build: Callable[[str, Bot], Awaitable[BotRuntime]],
        log: LogLine,
    ) -> None:
        self.settings = settings
        self._build = build
        self._log = log
        self._built: dict[str, BotRuntime] = {}
        self._building = asyncio.Lock()

    async def get(self, name: str) -> BotRuntime:
        """The bot, ready to work.

        Raises:
            ConfigurationError: it cannot be built now, for example because a secret could not be read. The
                job fails and Function Compute tries it again; so does the next call.
            KeyError: bots.yaml has no such bot.
        """
        async with self._building:
            if name not in self._built:
                try:
                    self._built[name] = await self._build(name, self.settings[name])
                except ConfigurationError as error:
                    self._log("bot_not_built", level="ERROR", bot=name, error=str(error))
                    raise
            return self._built[name]


class RuntimeBuilder:
    """Builds bots from their settings and the environment.

    quotas: what each app may spend, by Client ID.
    opened: closes the backends' connections when the process ends.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        http: httpx.AsyncClient,
        rows: Rows,
        quotas: Mapping[str, DingTalkQuota],
        opened: AsyncExitStack,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._environ = environ
        self._http = http
        self._rows = rows
        self._quotas = quotas
        self._opened = opened
        self._clock = clock
        self._log = log
        # Shared by all bots, because the process's memory is.
        self._in_flight = ByteBudget(_MOST_IN_FLIGHT)

    async def build(self, name: str, bot: Bot) -> BotRuntime:
        """One bot.

        Raises:
            ConfigurationError: a secret could not be read.
        """
        # KMS is asked over a blocking connection: the other answers of this instance go on meanwhile.
        backends = bot.all_backends
        secret, *api_keys = await asyncio.gather(
            asyncio.to_thread(resolve_secret, bot.dingtalk.client_secret, self._environ),
            *(asyncio.to_thread(resolve_api_key, one.api_key, self._environ) for one in backends.values()),
        )
        api = OpenApi(
            http=self._http,
            api_url=self._api_url,
            client_id=bot.dingtalk.client_id,
            client_secret=secret,
            clock=time.monotonic,
        )
        media = Media(api=api, http=self._http, oapi_url=self._oapi_url, robot_code=bot.dingtalk.robot)
        most_bytes = int(bot.files.megabytes * _MEGABYTE)
        # Named after the bot: workspaces and apps on one server fail separately.
        bases = {
            called: await self._knowledge_base(
                f"{name}/{called}" if bot.backends else name, bot, one, key, media
            )
            for (called, one), key in zip(backends.items(), api_keys, strict=True)
        }
        first = bases.pop(next(iter(backends)))
        people = People(api=api, http=self._http, oapi_url=self._oapi_url)
        return BotRuntime(
            settings=bot,
            backend=first.backend,
            channels=Channels(
                http=self._http,
                api=api,
                cards=_cards(bot, api),
                robot_code=bot.dingtalk.robot,
                quota=self._quotas[bot.dingtalk.client_id],
                clock=self._clock,
            ),
            media=media,
            downloads=Fetcher(
                most_bytes=most_bytes, trusted=(origin_of(self._api_url),), plain_http=_STORAGE
            ),
            uploader=first.uploader,
            in_flight=self._in_flight,
            directory=Directory(
                api=api, http=self._http, oapi_url=self._oapi_url, clock=self._clock, log=self._log
            ),
            safety=await asyncio.to_thread(self._safety, bot),
            people=people,
            departments=DepartmentNames(people, clock=self._clock, log=self._log),
            others=bases,
            **await asyncio.to_thread(self._skills, bot),
        )

    def _skills(self, bot: Bot) -> dict[str, Any]:
        """Reads a file."""
        if not bot.skills.wanted:
            return {}
        from rag_on_dingtalk.worker.knowledge.skills import build_skills  # most bots have none

        return build_skills(bot.skills, self._environ)

    def _safety(self, bot: Bot) -> Safety | None:
        """Reads files and may ask KMS."""
        if not bot.safety.wanted:
            return None
        from rag_on_dingtalk.worker.safety import build_safety  # most bots look for nothing

        return build_safety(
            bot.safety, environ=self._environ, http=self._http, clock=self._clock, log=self._log
        )

    async def _knowledge_base(
        self, name: str, bot: Bot, settings: BackendSettings, api_key: Secret, media: Media
    ) -> KnowledgeBase:
        opened = await self._opened.enter_async_context(open_backend(settings, api_key))
        url, most_bytes = settings.base_url, int(bot.files.megabytes * _MEGABYTE)
        return KnowledgeBase(
            settings,
            guard(
                tied(opened, settings),
                self._rows,
                name=name,
                timeouts=settings.timeouts,
                clock=self._clock,
                log=self._log,
            ),
            MediaUploader(
                media,
                Fetcher(most_bytes=most_bytes, trusted=(origin_of(url), *bot.files.origins)),
                base_url=url,
                in_flight=self._in_flight,
            ),
        )

    @property
    def _api_url(self) -> str:
        return self._environ.get("DINGTALK_API_URL", "https://api.dingtalk.com")

    @property
    def _oapi_url(self) -> str:
        return self._environ.get("DINGTALK_OAPI_URL", "https://oapi.dingtalk.com")


def _cards(bot: Bot, api: OpenApi) -> Cards | None:
    app = bot.dingtalk
    if not app.card:
        return None
    return Cards(
        api=api,
        robot_code=app.robot,
        template=app.card,
        callback_route=app.card_callback.route if app.card_callback else "",
        frame_id=lambda: str(uuid.uuid4()),
        by_stream=app.by_stream,
    )
