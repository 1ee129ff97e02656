"""One instance's way to DingTalk: an httpx transport under the library's real client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from devserver.simulation.services.dingtalk import Call, DingTalk
from devserver.simulation.world import WORLD, World, here

if TYPE_CHECKING:
    import asyncio

    from devserver.simulation.plan.weather import Fate, Weather

#: The library's own patience with one call; see `dingtalk/openapi/client.py`.
_TIMEOUT_SECONDS = 8.0
_CONNECT_SECONDS = 3.0

#: What a call is called in the trace, so that faults can be aimed at it.
_NAMES = {
    "/v1.0/oauth2/accessToken": "token",
    "/v1.0/card/instances/createAndDeliver": "card",
    "/v1.0/card/instances": "card.update",
    "/v1.0/robot/groupMessages/send": "message",
    "/v1.0/robot/oToMessages/batchSend": "message",
    "/robot/sendBySession": "message",
}
_STREAMING = "/v1.0/card/streaming"
_ENDING = ("final", "card.update")
_BUSY = {"code": "ServiceUnavailable", "message": "the service is busy"}


class SimTransport(httpx.AsyncBaseTransport):
    """Calls take a while there and back, and each way can fail."""

    def __init__(self, world: World, dingtalk: DingTalk, weather: Weather) -> None:
        self._world = world
        self._dingtalk = dingtalk
        self._weather = weather

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx's own transports, with httpx's own errors."""
        exchange = _Exchange(self._world, self._dingtalk, request)
        # The event first: an outage that it triggers strikes this very call.
        exchange.note("sent")
        exchange.begin(self._weather.fate(exchange.process))
        return await exchange.result()


class _Exchange:
    """One call, from the instance to DingTalk and back."""

    def __init__(self, world: World, dingtalk: DingTalk, request: httpx.Request) -> None:
        self._world = world
        self._dingtalk = dingtalk
        self._request = request
        self._body: dict[str, Any] = msgspec.json.decode(request.content)
        path = request.url.path
        if path == _STREAMING:
            self.name = "final" if self._body.get("isFinalize") or self._body.get("isError") else "frame"
        else:
            self.name = _NAMES.get(path, path)
        self.process, self._work = here()
        self._turn_id = str(
            self._body.get("outTrackId", "") or (self._work.turn_id if self._work is not None else "")
        )
        self._sent = world.loop.time()
        self._answer: asyncio.Future[httpx.Response] = world.loop.create_future()

    def note(self, what: str) -> None:
        """Put it into the trace."""
        self._world.note(f"{self.name}.{what}", self._turn_id, process=self.process)

    def begin(self, fate: Fate) -> None:
        """Send the call on its way."""
        self._fate = fate
        later = self._later
        if fate.kind != "ok":
            self._world.note(f"dingtalk.{fate.kind}", self._turn_id, self.name, process=self.process)
            card = self._dingtalk.cards.get(self._turn_id)
            if card is not None and self.name in _ENDING:
                card.failed_ends.append(self._sent)
        quick = fate.kind != "ok" and self._world.random.random() < 0.5
        match fate.kind:
            case "refused":
                later(fate.there + fate.back, self._respond, 503, _BUSY, None)
            case "lost_before":
                error = httpx.ConnectError("the simulated host is away", request=self._request)
                later(fate.there if quick else _CONNECT_SECONDS, self._fail, error)
            case _:
                later(fate.there, self._arrive)
        if fate.kind == "lost_after" and quick:
            broken = httpx.ReadError("the simulated connection was dropped", request=self._request)
            later(fate.there + fate.back, self._fail, broken)

    async def result(self) -> httpx.Response:
        """DingTalk's answer, as far as there is one in time."""
        timeout = httpx.ReadTimeout("no answer in time", request=self._request)
        patience = self._world.loop.call_later(_TIMEOUT_SECONDS, self._fail, timeout, context=WORLD)
        try:
            return await self._answer
        finally:
            patience.cancel()

    def _later(self, seconds: float, callback: Any, *args: object) -> None:
        self._world.later(seconds, callback, *args)

    def _arrive(self) -> None:
        call = Call(self._world.loop.time(), self._sent, self._work)
        url = self._request.url
        status, content = self._dingtalk.take(
            f"{self._request.method} {url.path}", url.query.decode(), self._body, call
        )
        if self._fate.kind == "ok":
            self._later(self._fate.back, self._respond, status, content, call)

    def _respond(self, status: int, content: dict[str, Any], call: Call | None) -> None:
        if self._answer.done():
            return
        process = self.process
        if process is not None and process.frozen:
            # It lies in the socket until the process looks; by then its patience may be over, too.
            self._world.loop.call_at(process.thaws_at, self._respond, status, content, call, context=WORLD)
            return
        if call is not None and process is not None and not process.dead:
            call.acknowledge(self._world.loop.time())
            if status < 300:
                self.note("acknowledged")
        self._answer.set_result(
            httpx.Response(status, content=msgspec.json.encode(content), request=self._request)
        )

    def _fail(self, error: httpx.TransportError) -> None:
        if self._answer.done():
            return
        process = self.process
        if process is not None and process.frozen:
            self._world.loop.call_at(process.thaws_at, self._fail, error, context=WORLD)
        else:
            self._answer.set_exception(error)
