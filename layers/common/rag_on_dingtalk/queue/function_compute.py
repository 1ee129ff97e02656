"""FC's InvokeFunction, asynchronously, with nothing but the standard library.

The official client imports in a quarter of a second, this in a twentieth, and the callback has 2.5 s for
everything, cold start included. `tests/contract` compares the two requests header by header.
"""

from __future__ import annotations

import http.client
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from rag_on_dingtalk.acs3 import Credentials, signed_headers
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
        ConfigurationError: neither INVOKE_ENDPOINT nor FC's own variables are there.
    """
    endpoint = environ.get("INVOKE_ENDPOINT", "")
    if endpoint:
        return endpoint
    account, region = environ.get("FC_ACCOUNT_ID", ""), environ.get("FC_REGION", "")
    if not (account and region):
        raise ConfigurationError(
            "INVOKE_ENDPOINT is empty and FC_ACCOUNT_ID or FC_REGION is missing. "
            "Set INVOKE_ENDPOINT, for example https://<account>.<region>.fc.aliyuncs.com."
        )
    return f"https://{account}.{region}.fc.aliyuncs.com"


class AsyncInvoker:
    """Queues payloads for one function over one connection that is kept open between calls.

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
        self._secure = parts.scheme == "https"
        self._host = parts.netloc
        self._path = f"/{_VERSION}/functions/{quote(function, safe='')}/invocations"
        self._credentials = credentials
        self._clock = clock
        self._stopwatch = stopwatch
        self._nonce = nonce
        self._connection: http.client.HTTPConnection | None = None
        self._last_used = 0.0

    def enqueue(self, payload: bytes) -> str:
        """Put `payload` into the function's queue; returns FC's request id.

        Raises:
            QueueError: FC did not confirm it. It may have taken it all the same when the answer was lost.
        """
        status, request_id, answer = self._post(payload)
        if status != _ACCEPTED:
            raise QueueError(
                f"Function Compute answered {status} to InvokeFunction (request {request_id}): "
                f"{answer[:300]!r}. "
                "Check the function's name, its region and the role's permission fc:InvokeFunction."
            )
        return request_id

    def _post(self, payload: bytes) -> tuple[int, str, str]:
        until = self._stopwatch() + TOTAL_SECONDS
        if self._clock() - self._last_used > KEPT_SECONDS:
            self.close()
        kept = self._connection is not None
        try:
            return self._exchange(payload, until)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            # The server may have closed an idle connection, or the instance was frozen past its life: that
            # says nothing about the queue. A second copy would do no harm, the answer is claimed by turn id.
            if not kept or isinstance(error, TimeoutError):
                raise _no_answer(error) from error
        try:
            return self._exchange(payload, until)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise _no_answer(error) from error

    def _exchange(self, payload: bytes, until: float) -> tuple[int, str, str]:
        # Signed for each attempt: a nonce is good for one.
        headers = signed_headers(
            method="POST",
            host=self._host,
            path=self._path,
            query={},
            action="InvokeFunction",
            version=_VERSION,
            headers={
                "content-type": "application/octet-stream",
                "user-agent": "rag-on-dingtalk",
                "x-fc-invocation-type": "Async",
            },
            body=payload,
            credentials=self._credentials(),
            now=self._clock(),
            nonce=self._nonce(),
        )
        connection = self._connection
        # http.client lets go of the socket when the server has announced that it closes it.
        if connection is None or connection.sock is None:
            connection_type = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            connection = connection_type(self._host, timeout=self._at_most(CONNECT_SECONDS, until))
            connection.connect()
            self._connection = connection
        connection.sock.settimeout(self._at_most(READ_SECONDS, until))
        connection.request("POST", self._path, body=payload, headers=headers)
        response = connection.getresponse()
        answer = response.read(4096).decode("utf-8", "replace")
        response.close()
        self._last_used = self._clock()
        return response.status, response.headers.get("x-fc-request-id", ""), answer

    def _at_most(self, seconds: float, until: float) -> float:
        left = until - self._stopwatch()
        if left <= 0:
            raise TimeoutError("the time for it is used up")
        return min(seconds, left)

    def close(self) -> None:
        """Close the kept connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _no_answer(error: Exception) -> QueueError:
    return QueueError(f"Function Compute did not answer: {type(error).__name__}: {error}.")
