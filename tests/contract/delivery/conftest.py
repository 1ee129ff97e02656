"""One bot's pictures and files between DingTalk's side and a server that is the backend's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest_asyncio
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from emulators.dingtalk import DingTalkSide, RobotApp
from emulators.faults import FaultBoard
from emulators.serving import LoopbackServer
from rag_on_dingtalk.delivery.media_uploader import MediaUploader
from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.models.question import Attachment
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.net.fetching import Fetcher
from rag_on_dingtalk.resilience.byte_budget import ByteBudget
from rag_on_dingtalk.settings.sections.dingtalk import Budget
from tests.builders import an_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

MOST_BYTES = 100_000


@dataclass
class Bench:
    """The bot's side, and what stands on the backend's server: path → bytes."""

    side: DingTalkSide
    faults: FaultBoard
    media: Media
    downloads: Fetcher
    uploader: MediaUploader
    quota: DingTalkQuota
    shelf: dict[str, bytes]
    base_url: str
    log: list[str]

    def note(self, message: str, *, level: str = "INFO", **fields: object) -> None:
        """A log line."""
        self.log.append(f"{level} {message} {fields}")

    def sent(self, data: bytes, name: str = "") -> Attachment:
        """What a person has sent to the bot; a picture has no name."""
        code = self.side.media.send(data, self.side.robots[0], name=name).code
        return Attachment("file" if name else "picture", code, name)


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    shelf: dict[str, bytes] = {}

    async def take(request: Request) -> Response:
        data = shelf.get(request.url.path)
        return Response(data or b"", 200 if data else 404)

    faults = FaultBoard()
    backend = LoopbackServer(Starlette(routes=[Route("/{path:path}", take)]))  # type: ignore[arg-type]  # starlette and uvicorn each describe ASGI with types of their own
    await backend.start()
    side = DingTalkSide(robots=[RobotApp("handbook", "ding1", "secret")], faults=faults, qps=None)
    await side.start()
    async with httpx.AsyncClient(verify=trust()) as http:
        api = an_api(http, side.url, secret="secret")
        media = Media(api=api, http=http, oapi_url=side.url, robot_code="ding1")
        base_url = f"{backend.url}/v1"
        yield Bench(
            side=side,
            faults=faults,
            media=media,
            downloads=Fetcher(most_bytes=MOST_BYTES, trusted=(side.url,)),
            uploader=MediaUploader(
                media,
                Fetcher(most_bytes=MOST_BYTES, trusted=(backend.url,)),
                base_url=base_url,
                in_flight=ByteBudget(MOST_BYTES),
            ),
            quota=DingTalkQuota(Budget(monthly_calls=None), None, clock=lambda: 0, log=lambda *_, **__: None),
            shelf=shelf,
            base_url=backend.url,
            log=[],
        )
    await side.stop()
    await backend.stop()
