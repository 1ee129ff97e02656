"""Fetching an address out of a message or an answer, within limits.

The author of such an address chooses where our request goes, and we stand inside a network with neighbours
and a metadata service. So an address is checked as text, its name is resolved once, every answer is checked,
and the connection goes to just those answers; and so again for each redirect.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
import anyio
import msgspec
from yarl import URL

from rag_on_dingtalk.errors import FetchError
from rag_on_dingtalk.net.addresses import has_origin, is_public_url, shown
from rag_on_dingtalk.net.file_names import name_of
from rag_on_dingtalk.net.public_only import PublicOnly, authorities, not_public

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aiohttp.abc import AbstractResolver


_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 3
_CONNECT_SECONDS = 3.0
_HEADERS = {"User-Agent": "rag-on-dingtalk", "Accept-Encoding": "identity"}
# What an honest address may hold where its writer left the encoding to the browser: Chinese, spaces.
_UNENCODED = re.compile(r"[ \x80-\U0010ffff]+")


class Fetched(msgspec.Struct, frozen=True):
    """What an address led to.

    url: the last one, after redirects; it may hold a signature, so a log gets `shown(url)`.
    name: safe, as the server or the path has it; may be empty.
    """

    url: str
    data: bytes
    name: str


class Answered(msgspec.Struct, frozen=True):
    """What an API said, whatever its status."""

    status: int
    data: bytes


class Fetcher:
    """Fetches addresses out of messages and answers; holds nothing open between two calls.

    Neither cookies nor credentials are sent, and a proxy from the environment is not used.

    most_bytes: of one body, after decompression.
    trusted: origins that the operator himself configured (`https://kb.example:8443`, spelled as addresses
        do); they alone may be private.
    plain_http: hosts for which http will do, written as for `addresses.is_public_url`.
    within: seconds for a whole fetch, redirects included.
    resolver: the system's if not given.
    """

    def __init__(
        self,
        *,
        most_bytes: int,
        trusted: Collection[str] = (),
        plain_http: Collection[str] = (),
        within: float = 20.0,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.most_bytes = most_bytes
        self._trusted = trusted
        self._plain_http = plain_http
        self._within = within
        self._resolver = resolver

    async def fetch(self, url: str) -> Fetched:
        """GET `url`, which a stranger may have written.

        Raises:
            FetchError: with its reason; the message names the address without its query string.
        """
        try:
            with anyio.fail_after(self._within):
                return await self._follow(_encoded(url))
        except TimeoutError:
            raise FetchError(
                "unreachable", f"{shown(url)} took longer than {self._within:g} s. Try again later."
            ) from None

    async def call(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answered:
        """Call an API of a trusted origin, with what it needs in its headers; no redirect is followed.

        headers: not given away to another origin.

        Raises:
            FetchError: as for `fetch`; also when the origin is none of those that were configured.
        """
        if not self._trusts(url):
            raise not_public(shown(url))
        try:
            with anyio.fail_after(self._within):
                return await self._call(method, url, headers, body)
        except TimeoutError:
            raise FetchError(
                "unreachable", f"{shown(url)} took longer than {self._within:g} s. Try again later."
            ) from None

    async def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answered:
        try:
            async with (
                self._session(trusted=True) as session,
                session.request(
                    method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
                ) as response,
            ):
                return Answered(response.status, await self._body(url, response))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _unreadable(url, error) from None

    async def _follow(self, url: str) -> Fetched:
        # A stranger must not send us on to the operator's own servers.
        trusting = self._trusts(url)
        for _ in range(1 + _MOST_REDIRECTS):
            trusted = trusting and self._trusts(url)
            if not trusted and not is_public_url(url, plain_http=self._plain_http):
                raise not_public(shown(url))
            answer = await self._get(url, trusted=trusted)
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise FetchError(
            "refused", f"{shown(url)} is one redirect too many. Use the address it all leads to."
        )

    def _trusts(self, url: str) -> bool:
        # aiohttp would make credentials of what stands before the @.
        return any(has_origin(url, origin) for origin in self._trusted) and "@" not in urlsplit(url).netloc

    async def _get(self, url: str, *, trusted: bool) -> Fetched | str:
        """What is there, or the address to which it redirects."""
        try:
            async with (
                self._session(trusted=trusted) as session,
                session.get(URL(url, encoded=True), allow_redirects=False) as response,
            ):
                if response.status in _REDIRECTS:
                    return _redirect(url, response)
                if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                    raise FetchError(
                        "refused",
                        f"{shown(url)} answered with HTTP status {response.status}. Check that it has not "
                        "expired and opens without signing in.",
                    )
                disposition = response.headers.get("Content-Disposition", "")
                return Fetched(url=url, data=await self._body(url, response), name=name_of(url, disposition))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Not chained: aiohttp's errors quote the whole address.
            raise _unreadable(url, error) from None

    def _session(self, *, trusted: bool) -> aiohttp.ClientSession:
        # One for each request: a trusted name's addresses, connection and cookies serve no other request.
        resolver = self._resolver or aiohttp.ThreadedResolver()
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=resolver if trusted else PublicOnly(resolver),
                use_dns_cache=False,
                force_close=True,
                ssl=authorities(),
            ),
            headers=_HEADERS,
            timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS),
            trust_env=False,
        )

    async def _body(self, url: str, response: aiohttp.ClientResponse) -> bytes:
        too_large = FetchError(
            "too_large", f"{shown(url)} is larger than {self.most_bytes} bytes. Use a smaller file."
        )
        announced = response.content_length or 0
        if announced > self.most_bytes:
            raise too_large
        # Unlike a bytearray it gives its bytes away without a copy; and it need not grow step by step.
        data = BytesIO()
        if announced:
            data.seek(announced - 1)
            data.write(b"\0")
            data.seek(0)
        # Some servers compress unasked; the pieces are what comes out of it.
        async for piece in response.content.iter_any():
            if data.tell() + len(piece) > self.most_bytes:
                raise too_large
            data.write(piece)
        data.truncate()
        return data.getvalue()


def _unreadable(url: str, error: Exception) -> FetchError:
    return FetchError(
        "unreachable",
        f"{shown(url)} could not be read ({type(error).__name__}). Check that it can be reached from where "
        "this runs.",
    )


def _encoded(url: str) -> str:
    # In a host it would still be refused: a percent sign is no name's.
    return _UNENCODED.sub(lambda found: quote(found[0], errors="replace"), url)


def _redirect(url: str, response: aiohttp.ClientResponse) -> str:
    location = _encoded(response.headers.get("Location", ""))
    try:
        return urljoin(url, location)
    except ValueError:
        return location
