"""One open connection: frames go in, acknowledgements come out."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from websockets.exceptions import ConnectionClosed

from emulators.dingtalk.pushing.posting import Answer
from emulators.dingtalk.stream.frames import SYSTEM, Ack, Outgoing, UnreadableAckError, read_ack

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection

    from emulators.dingtalk.stream.tickets import Opening
    from emulators.dingtalk.tenant import Tenant

_OK = 200
_ENDED = "the connection ended before the acknowledgement"


class Connection:
    """A bot's WebSocket.

    silent: dead, but still open: what is sent into it reaches no one, and the sender does not see it.
    leaving: it was told to disconnect; nothing is pushed into it any more.
    acks: everything the bot sent, in order, that was an acknowledgement.
    """

    def __init__(self, socket: ServerConnection, opening: Opening, tenant: Tenant) -> None:
        self.id = tenant.new_id()
        self.opening = opening
        self.silent = False
        self.leaving = False
        self.acks: list[Ack] = []
        self.pings_answered = 0
        self._socket = socket
        self._tenant = tenant
        self._waiting: dict[str, asyncio.Future[Ack | None]] = {}

    async def serve(self) -> None:
        """Take what the bot sends until the connection ends."""
        try:
            async for raw in self._socket:
                self._take(raw)
        except ConnectionClosed:
            # Cut, as a network does it.
            return
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_result(None)

    def _take(self, raw: str | bytes) -> None:
        try:
            ack = read_ack(raw)
        except UnreadableAckError as problem:
            self._tenant.ledger.violates("", f"Stream: {problem}")
            return
        self.acks.append(ack)
        waiting = self._waiting.get(ack.message_id)
        if waiting is None:
            self._tenant.ledger.violates("", "Stream: a messageId was acknowledged that is not waited for")
        elif not waiting.done():
            waiting.set_result(ack)

    async def push(self, outgoing: Outgoing, *, limit: float) -> Answer:
        """Send one frame and wait for its acknowledgement, `limit` seconds in all."""
        began = self._tenant.clock()
        error, ack = await self._exchange(outgoing, limit)
        if ack is not None and ack.code != _OK:
            error = f"acknowledged with {ack.code}"
        latency = self._tenant.clock() - began
        return Answer(ack.code if ack else None, ack.data if ack else "", latency, error)

    async def ping(self, *, limit: float) -> bool:
        """Send a SYSTEM ping; whether its `opaque` came back."""
        opaque = self._tenant.new_id()
        _, ack = await self._exchange(Outgoing(SYSTEM, "ping", {"opaque": opaque}, {}), limit)
        answered = ack is not None and ack.code == _OK and json.loads(ack.data) == {"opaque": opaque}
        self.pings_answered += answered
        return answered

    async def _exchange(self, outgoing: Outgoing, limit: float) -> tuple[str, Ack | None]:
        message_id = self._tenant.new_id()
        waiting = self._waiting[message_id] = asyncio.get_running_loop().create_future()
        frame = outgoing.frame(
            message_id,
            self._tenant.now_ms,
            app_id=self.opening.robot.client_id,
            connection_id=self.id,
        )
        try:
            if not self.silent:
                await self._socket.send(frame)
            ack = await asyncio.wait_for(waiting, limit)
        except asyncio.TimeoutError:
            return f"not acknowledged within {limit} s", None
        except ConnectionClosed:
            return _ENDED, None
        finally:
            del self._waiting[message_id]
        return ("" if ack else _ENDED), ack

    async def disconnect(self, reason: str) -> None:
        """Announce the end: nothing comes on this connection any more. No answer is required."""
        self.leaving = True
        frame = Outgoing(SYSTEM, "disconnect", {"reason": reason}, {}).frame(
            self._tenant.new_id(),
            self._tenant.now_ms,
            app_id=self.opening.robot.client_id,
            connection_id=self.id,
        )
        with suppress(ConnectionClosed):
            await self._socket.send(frame)

    async def close(self) -> None:
        """Close it as a server does."""
        await self._socket.close()

    def freeze(self) -> None:
        """Be a peer that is gone without a word: nothing is read any more, WebSocket pings included."""
        self.silent = True
        self._socket.transport.pause_reading()

    def cut(self) -> None:
        """Break the TCP connection."""
        self._socket.transport.abort()

    @property
    def closed(self) -> bool:
        """Nothing goes through it any more, in either direction."""
        return self._socket.state.name == "CLOSED"

    @property
    def close_code(self) -> int | None:
        """How it ended: 1000 after a good-bye, 1006 without one; None while it is open."""
        return self._socket.close_code

    async def wait_closed(self) -> None:
        """Return once it has ended."""
        await self._socket.wait_closed()
