"""One question over the wire: a POST whose answer arrives as server-sent events; and small calls beside it.

Works alike over httpx's own transport and over `httpx-aiohttp`. They raise different exceptions for the same
mishap (a refused connection is a ConnectTimeout with the latter), so a failure is told by *when* it happened:
before the answer's headers, or inside its body.
"""

from __future__ import annotations

import ssl
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from rag_on_dingtalk.backends.text.joined import joined
from rag_on_dingtalk.backends.transport.body import Body, LostError
from rag_on_dingtalk.backends.transport.events import Damage
from rag_on_dingtalk.backends.transport.in_place import in_place_of_a_stream
from rag_on_dingtalk.backends.transport.uploads import JsonBody
from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence

    from rag_on_dingtalk.backends.base import AnswerPart, Upload
    from rag_on_dingtalk.backends.transport.answer import Reading
    from rag_on_dingtalk.backends.transport.events import Event
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.backends.verdicts.failures import Failures
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import BackendSettings

#: For a client that asks a backend. Without a number aiohttp stops at 100 connections. And a kept connection
#: may be closed by the server at the very moment it is used again (AnythingLLM's after 5 s), while a question
#: must not be sent twice: one handshake costs little beside an answer of seconds.
LIMITS = httpx.Limits(max_connections=1000, keepalive_expiry=0.0)

#: How much of a small call's answer is read, bytes: a gateway's list of models is the longest.
REPLY_LIMIT = 1024 * 1024

_HEADERS = {
    # A compressing proxy collects text before it passes it on.
    "Accept-Encoding": "identity",
}
_JSON = {"Content-Type": "application/json"}


def bearer(key: str) -> dict[str, str]:
    """The header that most products take their key from."""
    return {"Authorization": f"Bearer {key}"}


class Channel:
    """Puts questions to one backend.

    http: made by `transport.http.client_for`.
    headers: sent with every request, besides the key.
    authorize: the headers that carry the key.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        api_key: Secret,
        settings: BackendSettings,
        failures: Failures,
        headers: Mapping[str, str] | None = None,
        authorize: Callable[[str], Mapping[str, str]] = bearer,
    ) -> None:
        self._http = http
        self._api_key = api_key
        self._timeouts = settings.timeouts
        self._failures = failures
        self._authorize = authorize
        self._headers = {**_HEADERS, **(headers or {})}
        limit = settings.connection.concurrency
        self._places = None if limit is None else anyio.Semaphore(limit)

    async def converse(
        self,
        url: str,
        payload: dict[str, object],
        reading: Reading,
        refused: Callable[[Reply], BackendError],
        *,
        trace_id: str,
        event_within: float | None = None,
    ) -> AsyncGenerator[AnswerPart, None]:
        """POST `payload` and yield what `reading` makes of the events.

        Closing the generator, or cancelling its task, closes the connection.

        event_within: seconds after which signs of life alone mean that the conversation is gone.

        Raises:
            BackendError: what `reading` or `refused` says, or the connection failed.
        """
        async with self._place():
            begun = anyio.current_time()
            request = self._request("POST", url, payload, trace_id=trace_id)
            async with self._open(request) as response:
                body = Body(
                    response,
                    self._timeouts,
                    first_byte_by=begun + self._timeouts.first_byte,
                    event_by=None if event_within is None else begun + event_within,
                )
                if response.status_code != HTTPStatus.OK:
                    raise refused(await body.reply())
                try:
                    async with aclosing(body.events(reading.reader())) as reads:
                        async for found in reads:
                            parts = _parts(reading, found)
                            for part in joined(parts) if body.pause else parts:
                                yield part
                            if reading.over:
                                body.finish()
                except LostError as lost:
                    loss = [lost.loss]
                else:
                    loss = []
                if body.silent and (not loss or body.done or body.documents):
                    for part in in_place_of_a_stream(body, response, reading, self._failures, refused):
                        yield part
            for part in reading.close(*loss):
                yield part

    async def call(
        self,
        method: str,
        url: str,
        payload: dict[str, object] | None = None,
        *,
        upload: Upload | None = None,
        fields: dict[str, str] | None = None,
    ) -> Reply:
        """One small request and its whole answer, beside the limit of questions in flight.

        payload: sent as JSON. upload, fields: sent as a form instead, the upload as `file`.
        fields: without an upload, the query string.

        Raises:
            BackendError: there was no answer.
        """
        begun = anyio.current_time()
        request = self._request(method, url, payload, upload=upload, fields=fields)
        await request.aread()
        async with self._open(request) as response:
            body = Body(response, self._timeouts, first_byte_by=begun + self._timeouts.first_byte)
            return await body.reply(REPLY_LIMIT)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        # Waiting for a free place has its own time limit: it takes nothing from the backend's.
        if self._places is None:
            yield
            return
        try:
            with anyio.fail_after(self._timeouts.first_byte):
                await self._places.acquire()
        except TimeoutError as error:
            raise self._failures.error(
                FailureKind.BUSY,
                "was not asked, because backend.connection.concurrency questions are in flight",
            ) from error
        try:
            yield
        finally:
            self._places.release()

    @asynccontextmanager
    async def _open(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        try:
            with anyio.fail_after(self._timeouts.first_byte):
                response = await self._http.send(request, stream=True)
        except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise self._failures.error(
                FailureKind.TIMEOUT, f"did not answer within {self._timeouts.first_byte:g} s"
            ) from error
        except Exception as error:  # httpx-aiohttp lets some of aiohttp's own errors through.
            raise self._failures.error(
                FailureKind.UNREACHABLE, _obstacle(error), str(error) or type(error).__name__
            ) from error
        try:
            yield response
        finally:
            await response.aclose()

    def _request(
        self,
        method: str,
        url: str,
        payload: dict[str, object] | None,
        *,
        trace_id: str = "",
        upload: Upload | None = None,
        fields: dict[str, str] | None = None,
    ) -> httpx.Request:
        key = self._api_key.reveal()
        # httpx and aiohttp name the offending header, key included, when they refuse it.
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise self._failures.error(
                FailureKind.CONFIG_AUTH, "was not asked, because its key holds characters that no key has"
            )
        headers = {**self._authorize(key), **self._headers}
        if trace_id:
            headers["X-Request-Id"] = trace_id
        try:
            return self._http.build_request(
                method,
                url,
                **_content(payload, upload, fields, headers),
                headers=headers,
                # `_open` and `Body` watch the reads: a transport knows one read timeout, not two.
                timeout=httpx.Timeout(None, connect=self._timeouts.connect, pool=self._timeouts.connect),
            )
        except httpx.InvalidURL as error:
            raise self._failures.error(
                FailureKind.CONFIG_TARGET, "was not asked, because its address is no URL", str(error)
            ) from error


def _parts(reading: Reading, found: Sequence[Event | Damage]) -> Iterator[AnswerPart]:
    for one in found:
        yield from reading.damaged(one) if isinstance(one, Damage) else reading.hear(one)


def _obstacle(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return (
                "shows a certificate of an authority that is not trusted (name that authority in "
                "backend.connection.ca_file)"
            )
        error = error.__cause__ or error.__context__
    return "could not be reached"


def _content(
    payload: dict[str, object] | None,
    upload: Upload | None,
    fields: dict[str, str] | None,
    headers: dict[str, str],
) -> dict[str, Any]:
    """The body as `httpx.Client.build_request` takes it."""
    if upload is not None:
        return {"files": {"file": (upload.name, upload.data, upload.media_type)}, "data": fields}
    if payload is None:
        return {"params": fields}
    headers.update(_JSON)
    body = JsonBody(payload)
    if body.whole is not None:
        return {"content": body.whole}
    # Without its length it would be sent in chunks, which some servers refuse.
    headers["Content-Length"] = str(len(body))
    return {"content": body}
