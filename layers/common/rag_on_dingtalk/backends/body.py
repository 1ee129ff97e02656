"""The body of one response, read with patience."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx

from rag_on_dingtalk.backends.reading import Loss
from rag_on_dingtalk.backends.reply import Reply, read_reply
from rag_on_dingtalk.backends.sse import EventReader
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag_on_dingtalk.backends.sse import Event
    from rag_on_dingtalk.config import Patience

#: How much of a refusal is read, bytes.
REFUSAL_LIMIT = 4 * 1024
#: After so many bytes without one event it is no event stream, bytes.
SEARCH_LIMIT = 1024 * 1024


class LostError(Exception):
    """The connection broke, or stayed silent for too long."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.what)
        self.loss = loss


class Body:
    """Read with two kinds of patience: until the first byte, and from then on.

    first_byte_by: on the event loop's clock, as `event_by`.
    event_by: when there must have been an event, however many signs of life; None: no matter when.
    silent: there was no event yet.
    head: the beginning of the body as long as it is silent.
    """

    def __init__(
        self,
        response: httpx.Response,
        patience: Patience,
        first_byte_by: float,
        event_by: float | None = None,
    ) -> None:
        self._response = response
        self._pieces = response.aiter_bytes()
        self._idle = patience.idle
        self._first_byte_by: float | None = first_byte_by
        self._event_by = event_by
        self.head = b""
        self.silent = True

    async def events(self) -> AsyncGenerator[Event, None]:
        """Every event until the end of the body.

        Raises:
            LostError: no more can be read.
        """
        reader = EventReader()
        searched = 0
        while True:
            piece = await self._read()
            if self.silent:
                self.head = (self.head + piece)[:REFUSAL_LIMIT]
                searched += len(piece)
            for event in reader.feed(piece, final=not piece):
                self.silent = False
                yield event
            if not piece or (self.silent and searched > SEARCH_LIMIT):
                return

    async def reply(self, limit: int = REFUSAL_LIMIT) -> Reply:
        """The bounded body of an answer that is no stream, or as much of it as arrives."""
        body = b""
        try:
            while len(body) < limit and (piece := await self._read()):
                body += piece
        except LostError:
            pass
        return read_reply(self._response, body[:limit])

    async def _read(self) -> bytes:
        """The next piece, empty at the end."""
        patience, loss = self._patience()
        try:
            with anyio.fail_after(patience):
                piece = await anext(self._pieces, b"")
        except (TimeoutError, httpx.ReadTimeout) as error:
            raise LostError(loss) from error
        except Exception as error:  # httpx-aiohttp lets some of aiohttp's own errors through.
            said = str(error) or type(error).__name__
            raise LostError(Loss(FailureKind.UPSTREAM, "lost the connection", said)) from error
        if piece:
            self._first_byte_by = None
        return piece

    def _patience(self) -> tuple[float, Loss]:
        """How long the next piece may take, seconds, and what it means when it takes longer."""
        now = anyio.current_time()
        if self._first_byte_by is not None:
            return self._first_byte_by - now, Loss(FailureKind.TIMEOUT, "sent nothing for too long")
        left = self._event_by - now if self.silent and self._event_by is not None else self._idle
        if left < self._idle:
            return left, Loss(FailureKind.CONVERSATION_GONE, "gave no answer but signs of life")
        return self._idle, Loss(FailureKind.TIMEOUT, "fell silent for too long")
