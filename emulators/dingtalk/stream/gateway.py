"""All open connections: each push goes to one of the app's, chosen at random."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve

from emulators.dingtalk import faults as fault
from emulators.dingtalk.pushing.posting import Answer
from emulators.dingtalk.stream.connections import Connection
from emulators.dingtalk.stream.tickets import Opening, Tickets
from emulators.serving import LOOPBACK

if TYPE_CHECKING:
    from websockets.http11 import Request, Response

    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.dingtalk.stream.frames import Outgoing
    from emulators.dingtalk.tenant import Tenant
    from emulators.faults import FaultBoard

_PATH = "/connect"
NO_CONNECTION = "no Stream connection of the app is up that subscribes to this"


@dataclass(frozen=True)
class StreamTimes:
    """Seconds, as far as they are known; docs/unverified.md says which are not published.

    acknowledge: how long an acknowledgement may take. click: the same for a click on a card.
    ping: between two SYSTEM pings; None: none. leave: from `disconnect` to the end of the connection.
    message_again, event_again: before each repetition of what was not acknowledged.
    """

    acknowledge: float = 3.0
    click: float = 2.0
    ping: float | None = 20.0
    leave: float = 10.0
    message_again: tuple[float, ...] = (60.0, 60.0)
    event_again: tuple[float, ...] = (10.0, 30.0)


@dataclass
class Gateway:
    """The WebSocket server, on a loopback port of its own.

    random: which of several connections gets a push.
    """

    tenant: Tenant
    faults: FaultBoard
    times: StreamTimes = field(default_factory=StreamTimes)
    random: Random = field(default_factory=Random)
    connections: list[Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tickets = Tickets(self.tenant.clock, self.tenant.new_id)
        self._server: Server | None = None
        self._openings: dict[ServerConnection, Opening] = {}

    async def start(self) -> None:
        """Listen."""
        self._server = await serve(
            self._serve,
            LOOPBACK,
            0,
            process_request=self._admit,
            # Whether DingTalk pings in WebSocket frames, too, is not known: nothing must depend on it.
            ping_interval=None,
            compression=None,
        )

    async def stop(self) -> None:
        """Close every connection."""
        if self._server is not None:
            for connection in self.connections:
                # A closing handshake with a client that hangs would take seconds.
                connection.cut()
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    @property
    def endpoint(self) -> str:
        """The address that `open` gives out; empty while nothing listens."""
        if self._server is None:
            return ""
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://{LOOPBACK}:{port}{_PATH}"

    def of(self, robot: RobotApp) -> list[Connection]:
        """The app's connections that pushes may go to."""
        return [
            one
            for one in self.connections
            if one.opening.robot is robot and not one.leaving and not one.closed
        ]

    def hears(self, robot: RobotApp, type_: str, topic: str) -> list[Connection]:
        """Those of them that have subscribed to this."""
        return [one for one in self.of(robot) if (type_, topic) in one.opening.subscriptions]

    async def push(self, robot: RobotApp, outgoing: Outgoing, *, limit: float) -> Answer:
        """Push once, to one connection; seconds until the acknowledgement."""
        several = self.hears(robot, outgoing.type, outgoing.topic)
        if not several:
            return Answer(None, "", 0.0, NO_CONNECTION)
        connection = self.random.choice(several)
        if self.faults.strikes(fault.STREAM_SILENT):
            connection.silent = True
        if self.faults.strikes(fault.STREAM_CUT):
            connection.cut()
        return await connection.push(outgoing, limit=limit)

    async def expire(self, connection: Connection, reason: str = "connection is expired") -> None:
        """Announce a connection's end and close it after ten seconds, as DingTalk does every so often."""
        await connection.disconnect(reason)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(connection.wait_closed(), self.times.leave)
        await connection.close()

    def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        """Let a connection with a good ticket in; HTTP 401 is a guess at what others get."""
        parts = urlsplit(request.path)
        ticket = parse_qs(parts.query).get("ticket", [""])[0]
        opening = self.tickets.redeem(ticket) if parts.path == _PATH else None
        if opening is None:
            return socket.respond(HTTPStatus.UNAUTHORIZED, json.dumps({"message": "ticket is invalid"}))
        self._openings[socket] = opening
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        connection = Connection(socket, self._openings.pop(socket), self.tenant)
        self.connections.append(connection)
        self.tenant.feed.publish("stream", None, connection)
        pinging = asyncio.create_task(self._ping(connection))
        try:
            await connection.serve()
        finally:
            pinging.cancel()
            self.connections.remove(connection)
            self.tenant.feed.publish("stream", None, connection)

    async def _ping(self, connection: Connection) -> None:
        while self.times.ping is not None and not connection.leaving:
            if not await connection.ping(limit=self.times.acknowledge) and not connection.silent:
                self.tenant.ledger.violates("", "Stream: a SYSTEM ping was not answered with its opaque")
            self.tenant.feed.publish("stream", None, connection)
            await asyncio.sleep(self.times.ping)
