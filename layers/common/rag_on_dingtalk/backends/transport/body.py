"""The body of one response, read within time limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from rag_on_dingtalk.backends.transport.answer import Loss
from rag_on_dingtalk.backends.transport.events import DONE
from rag_on_dingtalk.backends.transport.pace import OF_THIS_PROCESS
from rag_on_dingtalk.backends.transport.reply import Reply, read_reply
from rag_on_dingtalk.backends.transport.sse import EventReader
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.resilience.alarm import Alarm

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag_on_dingtalk.backends.transport.events import Damage, Event, Reader
    from rag_on_dingtalk.backends.transport.pace import Pace
    from rag_on_dingtalk.settings.sections.backends import Timeouts

#: How much of a refusal is read, bytes.
REFUSAL_LIMIT = 4 * 1024
#: A body with this many bytes and no event is not an event stream.
SEARCH_LIMIT = 1024 * 1024
#: A body that stays open after the product's last word is closed when no further event comes for this time,
#: seconds. Not at once: FastGPT names its sources behind `[DONE]`.
LAST_WORD_GRACE = 3.0
#: For this multiple of `timeouts.idle` a backend may send signs of life without an event.
_LIFE_SIGNS = 5
#: A document in place of a stream is kept up to this, bytes.
DOCUMENT_LIMIT = 4 * 1024 * 1024


class LostError(Exception):
    """The connection broke, or stayed silent for too long."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.what)
        self.loss = loss


class Body:
    """Read with three time limits: for the first byte, between pieces, and after the last word.

    first_byte_by: on the event loop's clock, as `event_by`.
    event_by: when there must have been an event, signs of life do not count; None: there is no limit.
    pace: how often it is read.
    silent: there was no event yet.
    done: `[DONE]` came.
    head: the beginning of the body as long as it is silent.
    documents: what came without `data:` before the first event.
    """

    def __init__(
        self,
        response: httpx.Response,
        timeouts: Timeouts,
        first_byte_by: float,
        event_by: float | None = None,
        *,
        pace: Pace = OF_THIS_PROCESS,
    ) -> None:
        self._response = response
        self._pace = pace
        self._now = asyncio.get_running_loop().time
        self._alarm = Alarm()
        self._pieces = response.aiter_bytes()
        self._idle = timeouts.idle
        self._first_byte_by: float | None = first_byte_by
        self._event_by = event_by
        self._heard_at = 0.0
        self._finished = False
        self._head: list[bytes] = []
        self._searched = 0
        self.documents: list[Event] = []
        self.silent = True
        self.done = False

    @property
    def head(self) -> bytes:
        """See above."""
        return b"".join(self._head)

    @property
    def pause(self) -> float:
        """Seconds until the next read; 0: the next piece is taken as soon as it comes."""
        return 0.0 if self.silent or self._finished else self._pace.pause

    def finish(self) -> None:
        """The product has sent its last word: the grace of `LAST_WORD_GRACE` seconds begins."""
        self._finished = True

    async def events(self, reader: Reader | None = None) -> AsyncGenerator[list[Event | Damage], None]:
        """The events that each read completes, and what was damaged, until the end of the body.

        reader: None: server-sent events.

        Raises:
            LostError: no more can be read.
        """
        reader = EventReader() if reader is None else reader
        with self._pace.reading():
            try:
                while True:
                    piece = await self._read()
                    if found := self._found(reader, piece):
                        yield found
                    if reader.full:
                        raise LostError(Loss(FailureKind.UPSTREAM, "sent an event that is too large"))
                    if not piece or (self.silent and self._is_no_stream(reader)):
                        return
                    if pause := self.pause:
                        await asyncio.sleep(pause)
            finally:
                self._alarm.stop()

    def _found(self, reader: Reader, piece: bytes) -> list[Event | Damage]:
        if self.silent:
            self._keep(piece)
        found: list[Event | Damage] = []
        for event in reader.feed(piece, final=not piece):
            if self._is_answer(event):
                found += self._drain(reader)
                found += self.documents
                self.documents = []
                found.append(event)
        return found + self._drain(reader)

    def _is_answer(self, event: Event) -> bool:
        self._heard_at = self._now()
        if self.silent and event.bare:
            self.documents.append(event)
            return False
        if self.silent and event.data == DONE:
            self.done = self._finished = True
            return False
        self.silent = False
        self._head = []
        return True

    def _keep(self, piece: bytes) -> None:
        if self._searched < DOCUMENT_LIMIT:
            self._head.append(piece)
        self._searched += len(piece)

    def _drain(self, reader: Reader) -> list[Damage]:
        # Before the first event it is no stream at all, and judged as what it is.
        found = [] if self.silent and not reader.full else reader.damage
        if not self.silent or reader.full:
            reader.damage = []
        return found

    def _is_no_stream(self, reader: Reader) -> bool:
        return self._searched > SEARCH_LIMIT and not reader.in_event

    async def reply(self, limit: int = REFUSAL_LIMIT) -> Reply:
        """The bounded body of an answer that is no stream, or as much of it as arrives."""
        body = b""
        try:
            while len(body) < limit and (piece := await self._read()):
                body += piece
        except LostError:
            pass
        finally:
            self._alarm.stop()
        return read_reply(self._response, body[:limit])

    async def _read(self) -> bytes:
        """The next piece, empty at the end."""
        seconds, loss = self._timeout()
        try:
            piece = await self._alarm.wait(anext(self._pieces, b""), seconds)
        except (TimeoutError, httpx.ReadTimeout) as error:
            raise LostError(loss) from error
        except Exception as error:  # httpx-aiohttp lets some of aiohttp's own errors through.
            said = str(error) or type(error).__name__
            raise LostError(Loss(FailureKind.UPSTREAM, "lost the connection", said)) from error
        if piece and self._first_byte_by is not None:
            self._first_byte_by = None
            self._heard_at = self._now()
        return piece

    def _timeout(self) -> tuple[float, Loss]:
        """How long the next piece may take, seconds, and what it means when it takes longer."""
        now = self._now()
        if self._first_byte_by is not None:
            return self._first_byte_by - now, Loss(FailureKind.TIMEOUT, "sent nothing for too long")
        if self._finished:
            left = self._heard_at + LAST_WORD_GRACE - now
            return min(left, self._idle), Loss(FailureKind.TIMEOUT, "kept the connection open")
        left = self._event_by - now if self.silent and self._event_by is not None else self._idle
        if left < self._idle:
            return left, Loss(FailureKind.CONVERSATION_GONE, "gave no answer but signs of life")
        alive = self._heard_at + _LIFE_SIGNS * self._idle - now
        if alive < self._idle:
            return alive, Loss(FailureKind.TIMEOUT, "sent signs of life only for too long")
        return self._idle, Loss(FailureKind.TIMEOUT, "fell silent for too long")
