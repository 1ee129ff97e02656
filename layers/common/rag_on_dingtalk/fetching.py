"""Fetching an address out of somebody else's text, within limits.

Whoever writes such an address chooses where our request goes, and we stand inside a network with neighbours
and a metadata service. So an address is checked as text, its name is resolved once, every answer is checked,
and the connection goes to just those answers; and so again for each redirect.
"""

from __future__ import annotations

import re
import socket
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

import aiohttp
import anyio
import httpx
import msgspec
from aiohttp.abc import AbstractResolver
from yarl import URL

from rag_on_dingtalk.addresses import are_public_addresses, has_origin, is_public_url
from rag_on_dingtalk.errors import FetchError
from rag_on_dingtalk.media_types import safe_name

if TYPE_CHECKING:
    import ssl
    from collections.abc import Collection

    from aiohttp.abc import ResolveResult

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 3
_CONNECT_SECONDS = 3.0
_LONGEST_SHOWN = 200
_HEADERS = {"User-Agent": "rag-on-dingtalk", "Accept-Encoding": "identity"}
# What an honest address may hold where its writer left the encoding to the browser: Chinese, spaces.
_UNENCODED = re.compile(r"[ \x80-\U0010ffff]+")
# RFC 6266: a parameter's value is a token or a quoted string.
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')


class Fetched(msgspec.Struct, frozen=True):
    """What an address led to.

    url: the last one, after redirects; it may hold a signature, so a log gets `shown(url)`.
    name: safe, as the server or the path has it; may be empty.
    """

    url: str
    data: bytes
    name: str


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
        """GET `url`, which may come from anybody.

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

    async def _follow(self, url: str) -> Fetched:
        # A stranger must not send us on to the operator's own servers.
        trusting = self._trusts(url)
        for _ in range(1 + _MOST_REDIRECTS):
            trusted = trusting and self._trusts(url)
            if not trusted and not is_public_url(url, plain_http=self._plain_http):
                raise _not_public(shown(url))
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
                return Fetched(url=url, data=await self._body(url, response), name=_name(url, response))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Not chained: aiohttp's errors quote the whole address.
            raise FetchError(
                "unreachable",
                f"{shown(url)} could not be read ({type(error).__name__}). Check that it can be reached from "
                "where this runs.",
            ) from None

    def _session(self, *, trusted: bool) -> aiohttp.ClientSession:
        # One for each request: a trusted name's addresses, connection and cookies are never anybody else's.
        resolver = self._resolver or aiohttp.ThreadedResolver()
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=resolver if trusted else _PublicOnly(resolver),
                use_dns_cache=False,
                force_close=True,
                ssl=_authorities(),
            ),
            headers=_HEADERS,
            timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS),
            trust_env=False,
        )

    async def _body(self, url: str, response: aiohttp.ClientResponse) -> bytes:
        too_large = FetchError(
            "too_large", f"{shown(url)} is larger than {self.most_bytes} bytes. Use a smaller file."
        )
        if (response.content_length or 0) > self.most_bytes:
            raise too_large
        data = bytearray()
        # Some servers compress unasked; the pieces are what comes out of it.
        async for piece in response.content.iter_any():
            data += piece
            if len(data) > self.most_bytes:
                raise too_large
        return bytes(data)


def shown(url: str) -> str:
    """An address for a log: scheme, host and path. What follows them may be a signature."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an unreadable address"
    if not parts.netloc:
        return "an address without a host"
    text = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return "".join(character for character in text if character.isprintable())[:_LONGEST_SHOWN]


class _PublicOnly(AbstractResolver):
    """Answers with public addresses or not at all; aiohttp connects to just what it answers."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        answers = await self._resolver.resolve(host, port, family)
        if not are_public_addresses(answer["host"] for answer in answers):
            raise _not_public(host)
        return answers

    async def close(self) -> None:
        """Nothing: who made the other resolver closes it."""


def _not_public(what: str) -> FetchError:
    return FetchError(
        "address",
        f"{what} is not called: it is no https address on the public internet, or its name leads elsewhere. "
        "If the server is your own, name its origin in the configuration.",
    )


@cache
def _authorities() -> ssl.SSLContext:
    # Those that the backends' clients trust. Reading them takes 20 ms.
    return httpx.create_ssl_context()


def _encoded(url: str) -> str:
    # In a host it would still be refused: a percent sign is no name's.
    return _UNENCODED.sub(lambda found: quote(found[0], errors="replace"), url)


def _redirect(url: str, response: aiohttp.ClientResponse) -> str:
    location = _encoded(response.headers.get("Location", ""))
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _name(url: str, response: aiohttp.ClientResponse) -> str:
    told = _told_name(response.headers.get("Content-Disposition", ""))
    return told or safe_name(_decoded(urlsplit(url).path.rpartition("/")[2]))


def _told_name(disposition: str) -> str:
    """The file name of a Content-Disposition header (RFC 6266); empty if it has none."""
    parameters = {
        key.lower(): re.sub(r"\\(.)", r"\1", quoted) or token.strip(' "')
        for key, quoted, token in _PARAMETER.findall(disposition)
    }
    # RFC 8187: charset, language, percent-encoded text.
    extended = parameters.get("filename*", "").rpartition("'")[2]
    return safe_name(_decoded(extended)) or safe_name(_decoded(parameters.get("filename", "")))


def _decoded(text: str) -> str:
    """Percent-encoded or raw text of a URL or a header; servers in China write GBK, too."""
    raw = unquote_to_bytes(text.encode("utf-8", "surrogateescape"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")
