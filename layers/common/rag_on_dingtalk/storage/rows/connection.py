"""Calls of the real SDK, with bounded patience and one kind of error.

The SDK waits 50 s for a socket and retries for up to a minute, which a person does not; and it lets aiohttp's
errors through. Both end here.
"""

from __future__ import annotations

import asyncio
import logging
import random
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import aiohttp

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.resilience.retry import retry
from rag_on_dingtalk.storage.sdk import tablestore

if TYPE_CHECKING:
    from collections.abc import Callable

#: A write that failed like this may have been carried out all the same.
_MAY_HAVE_HAPPENED = frozenset(
    (
        "OTSTimeout",
        "OTSInternalServerError",
        "OTSServerUnavailable",
        "HTTP 500",
        "HTTP 502",
        "HTTP 503",
        "HTTP 504",
    )
)

#: A failed condition is an outcome here, and the SDK logs each one as an error.
_SDK_LOGGER = "rag_on_dingtalk.tablestore"

_CONNECT_SECONDS = 2.0
_READ_SECONDS = 5.0
_MAX_RETRIES = 4
#: Before a read whose connection was dropped is tried once more.
_AGAIN_SECONDS = (0.05, 0.15)


class _BoundedRetries(tablestore.DefaultRetryPolicy):  # type: ignore[misc]
    """The SDK's own rules on what may be repeated, for about two seconds in all."""

    max_retry_times = _MAX_RETRIES
    max_retry_delay = 1.0
    server_throttling_exception_delay_factor = 0.1
    stability_exception_delay_factor = 0.05


class Connection:
    """The SDK's client, and how it is called.

    endpoint: `https://<instance>.<region>.vpc.tablestore.aliyuncs.com`, or http for the emulator.
    region: chooses the V4 signature; empty signs V2.
    credentials: (access key id, secret, security token), asked before every call.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        instance: str,
        credentials: Callable[[], tuple[str, str, str]],
        region: str = "",
    ) -> None:
        logging.getLogger(_SDK_LOGGER).setLevel(logging.CRITICAL)
        self._client = tablestore.AsyncOTSClient(
            endpoint,
            instance_name=instance,
            region=region or None,
            credentials_provider=_Provider(credentials),
            socket_timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            retry_policy=_BoundedRetries(),
            logger_name=_SDK_LOGGER,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _read(self, operation: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        read = partial(self._call, operation, *args, writes=False, **kwargs)
        return await retry(read, on=StateError, pause=_before_second_read, sleep=asyncio.sleep)

    async def _call(
        self, operation: Callable[..., Any], *args: object, writes: bool, **kwargs: object
    ) -> Any:
        try:
            return await operation(*args, **kwargs)
        except tablestore.OTSServiceError as error:
            code = cast("str", error.code) or f"HTTP {error.http_status}"
            raise StateError(
                code, str(error.message), ambiguous=writes and code in _MAY_HAVE_HAPPENED
            ) from error
        except (tablestore.OTSClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise StateError("unreachable", f"{type(error).__name__}: {error}", ambiguous=writes) from error


def _before_second_read(error: StateError, failed: int) -> float | None:
    if failed > 1 or error.code != "unreachable":
        return None
    return random.uniform(*_AGAIN_SECONDS)  # noqa: S311 - jitter


class _Provider:
    def __init__(self, credentials: Callable[[], tuple[str, str, str]]) -> None:
        self._credentials = credentials

    def get_credentials(self) -> object:
        """Called by the SDK before it signs a request."""
        key_id, secret, token = self._credentials()
        return tablestore.credentials.Credentials(key_id, secret, token or None)
