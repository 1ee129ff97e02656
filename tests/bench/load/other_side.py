"""The other side of many answers: a model that streams and a DingTalk that takes frames, bare as can be.

They note when each piece left and each frame came. Nothing is checked: the emulators do that.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

#: How long an API call takes, in seconds.
API_SECONDS = 0.05
_DONE = b"data: [DONE]\n\n"
_EVENT_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass
class Seen:
    """One answer, on the clock of the event loop; 0: not yet."""

    first_piece: float = 0.0
    last_piece: float = 0.0
    first_frame: float = 0.0
    final_frame: float = 0.0
    frames: int = 0


@dataclass
class OtherSide:
    """Both servers in one event loop.

    seconds: how long an answer takes; pieces: how many come a second; characters: in each.
    """

    seconds: float = 10.0
    pieces: int = 20
    characters: int = 4
    api_seconds: float = API_SECONDS
    seen: dict[str, Seen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server: asyncio.Server | None = None
        self.url = ""

    async def start(self) -> None:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=2_000)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    def of(self, name: str) -> Seen:
        """What was seen of the answer of that name."""
        return self.seen.setdefault(name, Seen())

    async def stream(self, transport: asyncio.Transport, name: str) -> None:
        """One answer of the model, piece by piece."""
        loop = asyncio.get_running_loop()
        seen, began = self.of(name), loop.time()
        piece = {"choices": [{"index": 0, "delta": {"content": "字" * self.characters}}]}
        event = _chunk(b"data: " + json.dumps(piece).encode() + b"\n\n")
        transport.write(_EVENT_STREAM)
        count = int(self.seconds * self.pieces)
        for number in range(1, count + 1):
            await asyncio.sleep(began + number / self.pieces - loop.time())
            if transport.is_closing():
                return
            transport.write(event)
            seen.first_piece = seen.first_piece or loop.time()
        seen.last_piece = loop.time()
        transport.write(_chunk(_DONE) + b"0\r\n\r\n")

    def frame(self, body: dict[str, object]) -> None:
        """A frame of a card has come."""
        seen, now = self.of(str(body["outTrackId"])), asyncio.get_running_loop().time()
        seen.frames += 1
        seen.first_frame = seen.first_frame or now
        if body.get("isFinalize"):
            seen.final_frame = now


class _Connection(asyncio.Protocol):
    """One connection: requests one after the other."""

    def __init__(self, side: OtherSide) -> None:
        self._side = side
        self._received = b""
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As the protocol says."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """As the protocol says."""
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        if len(rest) < length:
            return
        self._received = rest[length:]
        self._answer(head.split(b" ", 2)[1].decode(), json.loads(rest[:length] or b"{}"))

    def _answer(self, path: str, body: dict[str, object]) -> None:
        side = self._side
        if path.endswith("/chat/completions"):
            # The question is the name of its answer.
            messages = body["messages"]
            assert isinstance(messages, list)
            task = asyncio.ensure_future(side.stream(self._transport, messages[-1]["content"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        if path.endswith("/card/streaming"):
            side.frame(body)
        answer: dict[str, object] = {"success": True, "result": True}
        if path.endswith("/accessToken"):
            answer = {"accessToken": "token", "expireIn": 7200}
        elif path.endswith("/createAndDeliver"):
            answer = {"success": True, "result": {"deliverResults": [{"success": True, "carrierId": "c"}]}}
        asyncio.get_running_loop().call_later(side.api_seconds, self._send, json.dumps(answer).encode())

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
            self._transport.write(head % len(answer) + answer)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
