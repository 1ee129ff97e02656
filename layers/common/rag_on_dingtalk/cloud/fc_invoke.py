"""FC's InvokeFunction, asynchronously, with nothing but the standard library.

The official client imports in a quarter of a second, this in a twentieth, and the callback has 2.5 s for
everything, cold start included. `tests/contract` compares the two requests header by header.
"""

from __future__ import annotations

import http.client
import os
import time
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from rag_on_dingtalk.cloud.acs3 import Credentials, signed_headers
from rag_on_dingtalk.errors import ConfigurationError, QueueError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_VERSION = "2023-03-30"
_ACCEPTED = 202

#: A packet that is lost while connecting is sent again after a second: by then it is too late to wait for it.
CONNECT_SECONDS = 0.8
READ_SECONDS = 1.0
#: For both and a second attempt together: the rest of DingTalk's 2.5 s is for a cold start and the way back.
TOTAL_SECONDS = 1.8
#: A frozen instance may outlive its connection without hearing of it; a handshake costs less than a question.
KEPT_SECONDS = 10.0


def invoke_endpoint(environ: Mapping[str, str]) -> str:
    """Where InvokeFunction goes: INVOKE_ENDPOINT, else the account's public host in the function's region.

    Raises:
        ConfigurationError: neither INVOKE_ENDPOINT nor account and region are there.
    """
    endpoint = environ.get("INVOKE_ENDPOINT", "")
    if endpoint:
        return endpoint
    # FC_* is set inside functions; on an engineer's machine .env has DEPLOY_*.
    account = environ.get("FC_ACCOUNT_ID") or environ.get("DEPLOY_ACCOUNT_ID", "")
    region = environ.get("FC_REGION") or environ.get("DEPLOY_REGION", "")
    if not (account and region):
        raise ConfigurationError(
            "INVOKE_ENDPOINT is empty, and so is the account (FC_ACCOUNT_ID, DEPLOY_ACCOUNT_ID) "
            "or the region (FC_REGION, DEPLOY_REGION). "
            "Set INVOKE_ENDPOINT, for example https://<account>.<region>.fc.aliyuncs.com."
        )
    return f"https://{account}.{region}.fc.aliyuncs.com"


class AsyncInvoker:
    """Queues payloads for one function, from any number of threads, over connections kept between calls.

    endpoint: `https://<account>.<region>.fc.aliyuncs.com`, or http for a local host.
    credentials: asked before every call, because a role's key may be renewed.
    clock: seconds since the epoch; stopwatch: seconds since whenever, for durations.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        function: str,
        credentials: Callable[[], Credentials],
        clock: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.monotonic,
        nonce: Callable[[], str] = lambda: os.urandom(16).hex(),
    ) -> None:
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ConfigurationError(
                f"INVOKE_ENDPOINT is {endpoint!r}. It must start with https:// or http://."
            )
        self._host = parts.netloc
        self._function = function
        self._credentials = credentials
        self._clock = clock
        self._stopwatch = stopwatch
        self._nonce = nonce
        self._open = _opener(parts.netloc, secure=parts.scheme == "https")
        # Idle connections and when each was last used, the newest last. A deque is safe between threads.
        self._kept: deque[tuple[float, http.client.HTTPConnection]] = deque()

    def enqueue(self, payload: bytes, delay_seconds: int = 0, function: str = "") -> str:
        """Put `payload` into the function's queue; returns FC's request id.

        delay_seconds: FC delivers it no earlier than that (`x-fc-async-delay`, below 3 600).
        function: another one than usual.

        Raises:
            QueueError: FC did not confirm it. It may have taken it all the same when the answer was lost.
        """
        path = f"/{_VERSION}/functions/{quote(function or self._function, safe='')}/invocations"
        status, request_id, answer = self._post(path, payload, delay_seconds)
        if status != _ACCEPTED:
            raise QueueError(
                f"Function Compute answered {status} to InvokeFunction (request {request_id}): "
                f"{answer[:300]!r}. "
                "Check the function's name, its region and the role's permission fc:InvokeFunction."
            )
        return request_id

    def _post(self, path: str, payload: bytes, delay_seconds: int) -> tuple[int, str, str]:
        until = self._stopwatch() + TOTAL_SECONDS
        connection = self._take()
        if connection is not None:
            try:
                return self._exchange(connection, path, payload, delay_seconds, until)
            except TimeoutError as error:
                raise _no_answer(error) from error
            except (http.client.HTTPException, OSError):
                # The server may have closed an idle connection, or the instance was frozen past its life:
                # that says nothing about the queue. A second copy does no harm, a turn is claimed by its id.
                pass
        try:
            return self._exchange(self._connect(until), path, payload, delay_seconds, until)
        except (http.client.HTTPException, OSError) as error:
            raise _no_answer(error) from error

    def _connect(self, until: float) -> http.client.HTTPConnection:
        connection = self._open(self._at_most(CONNECT_SECONDS, until))
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection

    def _take(self) -> http.client.HTTPConnection | None:
        """The connection used last, unless it is too old: then all are."""
        try:
            last_used, connection = self._kept.pop()
        except IndexError:
            return None
        if self._clock() - last_used <= KEPT_SECONDS:
            return connection
        connection.close()
        self.close()
        return None

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        path: str,
        payload: bytes,
        delay_seconds: int,
        until: float,
    ) -> tuple[int, str, str]:
        """One request; the connection is kept afterwards, or closed when it failed."""
        # Signed for each attempt: a nonce is good for one.
        headers = signed_headers(
            method="POST",
            host=self._host,
            path=path,
            query={},
            action="InvokeFunction",
            version=_VERSION,
            headers={
                "content-type": "application/octet-stream",
                "user-agent": "rag-on-dingtalk",
                "x-fc-invocation-type": "Async",
                **({"x-fc-async-delay": str(delay_seconds)} if delay_seconds else {}),
            },
            body=payload,
            credentials=self._credentials(),
            now=self._clock(),
            nonce=self._nonce(),
        )
        try:
            connection.sock.settimeout(self._at_most(READ_SECONDS, until))
            connection.request("POST", path, body=payload, headers=headers)
            response = connection.getresponse()
            answer = response.read(4096).decode("utf-8", "replace")
            response.close()
        except BaseException:
            connection.close()
            raise
        # http.client lets go of the socket when the server has announced that it closes it.
        if connection.sock is not None:
            self._kept.append((self._clock(), connection))
        return response.status, response.headers.get("x-fc-request-id", ""), answer

    def _at_most(self, seconds: float, until: float) -> float:
        left = until - self._stopwatch()
        if left <= 0:
            raise TimeoutError("the time for it is used up")
        return min(seconds, left)

    def close(self) -> None:
        """Close the kept connections; the next call opens another."""
        while True:
            try:
                _, connection = self._kept.pop()
            except IndexError:
                return
            connection.close()


def _opener(host: str, *, secure: bool) -> Callable[[float], http.client.HTTPConnection]:
    """Makes connections, given the seconds that connecting may take."""
    if not secure:
        return lambda timeout: http.client.HTTPConnection(host, timeout=timeout)
    import ssl

    # One for all connections: reading the system's certificates takes longer than a request.
    context = ssl.create_default_context()
    return lambda timeout: http.client.HTTPSConnection(host, timeout=timeout, context=context)


def _no_answer(error: Exception) -> QueueError:
    return QueueError(f"Function Compute did not answer: {type(error).__name__}: {error}.")
