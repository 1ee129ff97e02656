"""One question over the wire: a POST whose answer arrives as server-sent events.

Works alike over httpx's own transport and over `httpx-aiohttp`. They raise different exceptions for the same
mishap (a refused connection is a ConnectTimeout with the latter), so a failure is told by *when* it happened:
before the answer's headers, or inside its body.
"""

from __future__ import annotations

import json
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import msgspec

from rag_on_dingtalk.backends.reading import Loss
from rag_on_dingtalk.backends.sse import EventReader
from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.failures import Failures
    from rag_on_dingtalk.backends.reading import Reading
    from rag_on_dingtalk.backends.sse import Event
    from rag_on_dingtalk.config import Patience, Secret

#: For the client that asks backends. Without a number aiohttp stops at 100 connections. And a kept connection
#: may be closed by the server at the very moment it is used again (AnythingLLM's after 5 s), while a question
#: must not be sent twice: one handshake is little beside an answer of seconds.
LIMITS = httpx.Limits(max_connections=1000, keepalive_expiry=0.0)

#: How much of a refusal is read, bytes.
REFUSAL_LIMIT = 4 * 1024
#: After so many bytes without one event it is no event stream, bytes.
SEARCH_LIMIT = 1024 * 1024

_HEADERS = {
    "Content-Type": "application/json",
    # A compressing proxy collects text before it passes it on.
    "Accept-Encoding": "identity",
}


class Refusal(msgspec.Struct, frozen=True):
    """An answer that is no stream.

    document: the body, if it is a JSON object, or nothing.
    words: the beginning of any other body; what kind of thing it is where the body says nothing.
    web_page: it is HTML, so something else answers at that address.
    """

    status: int
    document: dict[str, Any]
    words: str
    web_page: bool

    def text(self, *fields: str) -> str:
        """The first of the document's `fields` that holds words, else `words`."""
        found = (value for value in map(self.document.get, fields) if isinstance(value, str) and value)
        return next(found, self.words)


class Channel:
    """Puts questions to one backend.

    http: made with `LIMITS`, shared by all backends.
    """

    def __init__(
        self, http: httpx.AsyncClient, api_key: Secret, patience: Patience, failures: Failures
    ) -> None:
        self._http = http
        self._api_key = api_key
        self._patience = patience
        self._failures = failures

    async def converse(
        self,
        url: str,
        payload: dict[str, object],
        reading: Reading,
        refused: Callable[[Refusal], BackendError],
    ) -> AsyncGenerator[AnswerPart, None]:
        """POST `payload` and yield what `reading` makes of the events.

        Closing the generator, or cancelling its task, closes the connection.

        Raises:
            BackendError: what `reading` or `refused` says, or the connection failed.
        """
        begun = anyio.current_time()
        async with self._open(url, payload) as response:
            body = _Body(response, self._patience, begun + self._patience.first_byte)
            if response.status_code != HTTPStatus.OK:
                raise refused(await body.refusal())
            try:
                async with aclosing(body.events()) as events:
                    async for event in events:
                        for part in reading.take(event):
                            yield part
            except _LostError as lost:
                reading.close(lost.loss)
                return
            if body.silent:
                raise self._no_stream(_refusal(response, body.head))
            reading.close()

    async def tell(self, url: str, payload: dict[str, object]) -> None:
        """POST `payload`; the answer does not matter.

        Raises:
            BackendError: it did not arrive.
        """
        async with self._open(url, payload):
            pass

    @asynccontextmanager
    async def _open(self, url: str, payload: dict[str, object]) -> AsyncIterator[httpx.Response]:
        request = self._request(url, payload)
        try:
            with anyio.fail_after(self._patience.first_byte):
                response = await self._http.send(request, stream=True)
        except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise self._failures.error(
                FailureKind.TIMEOUT, f"did not answer within {self._patience.first_byte:g} s"
            ) from error
        except Exception as error:  # httpx-aiohttp lets some of aiohttp's own errors through.
            raise self._failures.error(
                FailureKind.UNREACHABLE, "could not be reached", str(error) or type(error).__name__
            ) from error
        try:
            yield response
        finally:
            await response.aclose()

    def _request(self, url: str, payload: dict[str, object]) -> httpx.Request:
        key = self._api_key.reveal()
        # httpx and aiohttp name the offending header, key included, when they refuse it.
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise self._failures.error(
                FailureKind.CONFIG_AUTH, "was not asked, because its key holds characters that no key has"
            )
        try:
            return self._http.build_request(
                "POST",
                url,
                # A text from a chat may hold half a surrogate pair, which UTF-8 cannot say.
                content=json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace"),
                headers={"Authorization": f"Bearer {key}", **_HEADERS},
                # `_open` and `_Body` watch the reads: a transport knows one read timeout, not two.
                timeout=httpx.Timeout(None, connect=self._patience.connect, pool=self._patience.connect),
            )
        except httpx.InvalidURL as error:
            raise self._failures.error(
                FailureKind.CONFIG_TARGET, "was not asked, because its address is no URL", str(error)
            ) from error

    def _no_stream(self, refusal: Refusal) -> BackendError:
        if refusal.web_page:
            return self._failures.error(
                FailureKind.CONFIG_TARGET, "answered with a web page instead of a stream of events"
            )
        return self._failures.error(
            FailureKind.UPSTREAM, "answered without a single event", refusal.text("error", "message")
        )


class _LostError(Exception):
    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.what)
        self.loss = loss


class _Body:
    """The body of one response, read with two kinds of patience: until its first byte, and from then on.

    silent: there was no event yet.
    head: the beginning of the body as long as it is silent.
    """

    def __init__(self, response: httpx.Response, patience: Patience, first_byte_by: float) -> None:
        self._response = response
        self._pieces = response.aiter_bytes()
        self._idle = patience.idle
        self._first_byte_by: float | None = first_byte_by
        self.head = b""
        self.silent = True

    async def events(self) -> AsyncGenerator[Event, None]:
        """Every event until the end of the body.

        Raises:
            _LostError: the connection broke or stayed silent for too long.
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

    async def refusal(self) -> Refusal:
        """The bounded body of an answer that is no stream, or as much of it as arrives."""
        body = b""
        try:
            while len(body) < REFUSAL_LIMIT and (piece := await self._read()):
                body += piece
        except _LostError:
            pass
        return _refusal(self._response, body[:REFUSAL_LIMIT])

    async def _read(self) -> bytes:
        """The next piece, empty at the end."""
        waiting = self._first_byte_by
        patience = self._idle if waiting is None else waiting - anyio.current_time()
        try:
            with anyio.fail_after(patience):
                piece = await anext(self._pieces, b"")
        except (TimeoutError, httpx.ReadTimeout) as error:
            what = "fell silent" if waiting is None else "sent nothing"
            raise _LostError(Loss(FailureKind.TIMEOUT, f"{what} for too long")) from error
        except Exception as error:  # as in Channel._open
            said = str(error) or type(error).__name__
            raise _LostError(Loss(FailureKind.UPSTREAM, "lost the connection", said)) from error
        if piece:
            self._first_byte_by = None
        return piece


def _refusal(response: httpx.Response, body: bytes) -> Refusal:
    words = body.decode("utf-8", "replace").strip()
    web_page = "text/html" in response.headers.get("Content-Type", "") or words.startswith("<")
    try:
        document = json.loads(words)
    except (ValueError, RecursionError):
        document = None
    if response.has_redirect_location:
        words = "a redirect to " + response.headers["Location"].partition("?")[0]
    elif web_page:
        words = "a web page"
    return Refusal(response.status_code, document if isinstance(document, dict) else {}, words, web_page)
