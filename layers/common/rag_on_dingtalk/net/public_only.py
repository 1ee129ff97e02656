"""Where a request to a stranger's address may go: to public addresses, over TLS that is trusted."""

from __future__ import annotations

import socket
from functools import cache
from typing import TYPE_CHECKING

import httpx
from aiohttp.abc import AbstractResolver

from rag_on_dingtalk.errors import FetchError
from rag_on_dingtalk.net.addresses import are_public_addresses

if TYPE_CHECKING:
    import ssl

    from aiohttp.abc import ResolveResult


class PublicOnly(AbstractResolver):
    """Answers with public addresses or not at all; aiohttp connects to just what it answers."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """As `AbstractResolver.resolve`.

        Raises:
            FetchError: one of the answers is no public address.
        """
        answers = await self._resolver.resolve(host, port, family)
        if not are_public_addresses(answer["host"] for answer in answers):
            raise not_public(host)
        return answers

    async def close(self) -> None:
        """Nothing: who made the other resolver closes it."""


def not_public(what: str) -> FetchError:
    """The error for an address that is not called. what: as a log may show it."""
    return FetchError(
        "address",
        f"{what} is not called: it is no https address on the public internet, or its name leads elsewhere. "
        "If the server is your own, name its origin in the configuration.",
    )


@cache
def authorities() -> ssl.SSLContext:
    """Those that the backends' clients trust; read once for the process, which takes 20 ms."""
    return httpx.create_ssl_context()
