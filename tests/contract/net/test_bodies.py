"""How much a fetch takes, for how long, and what it says of itself."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from contextlib import suppress
from itertools import chain, repeat
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.errors import FetchError
from rag_on_dingtalk.net.fetching import Fetcher
from tests.contract.backends.certificates import Authority
from tests.contract.net.site import PLAIN, PUBLIC, Names, Site, answer, head, moved

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp.abc import ResolveResult

    from tests.contract.net.conftest import Refusal
    from tests.contract.net.site import Page

CHUNKED = "Transfer-Encoding: chunked"
GZIP = "Content-Encoding: gzip"


def a_fetcher(site: Site, *, most_bytes: int = 1000, within: float = 20.0) -> Fetcher:
    return Fetcher(most_bytes=most_bytes, trusted=(site.url,), within=within)


@pytest.mark.parametrize(
    "page",
    [
        answer(b"a" * 1000),
        [head(), b"a" * 999, b"a"],
        [head(CHUNKED), b"3e8\r\n", b"a" * 1000, b"\r\n0\r\n\r\n"],
        answer(gzip.compress(b"a" * 1000), 200, GZIP),
    ],
    ids=["announced", "until the end", "chunked", "compressed unasked"],
)
async def test_a_body_may_be_as_large_as_the_limit(page: Page, site: Site) -> None:
    site.pages["/a"] = page
    assert (await a_fetcher(site).fetch(f"{site.url}/a")).data == b"a" * 1000


@pytest.mark.parametrize("size", [0, 1, 10])
async def test_a_body_may_be_smaller_than_it_was_compressed(size: int, site: Site) -> None:
    site.pages["/a"] = answer(gzip.compress(b"a" * size), 200, GZIP)

    assert (await a_fetcher(site).fetch(f"{site.url}/a")).data == b"a" * size


async def test_what_exceeds_the_announced_length_is_never_taken(site: Site) -> None:
    site.pages["/a"] = [head("Content-Length: 1000"), b"a" * 2000]
    taken: list[bytes] = []
    # aiohttp calls the answer broken if it has read the excess by then.
    with suppress(FetchError):
        taken.append((await a_fetcher(site, most_bytes=5000).fetch(f"{site.url}/a")).data)
    assert taken in ([], [b"a" * 1000])


@pytest.mark.parametrize("status", [200, 201, 206])
async def test_an_empty_body_is_a_body(status: int, site: Site) -> None:
    site.pages["/"] = answer(status=status)
    fetched = await a_fetcher(site).fetch(site.url)
    assert (fetched.data, fetched.name) == (b"", "")


@pytest.mark.parametrize(
    "page",
    [
        [head("Content-Length: 1001"), None],
        [head(f"Content-Length: {10**18}"), None],
        [head(), b"a" * 1001, None],
        chain([head()], repeat(b"a" * 4096)),
        chain([head(CHUNKED)], repeat(b"10\r\n" + b"a" * 16 + b"\r\n")),
        answer(gzip.compress(b"a" * 1001), 200, GZIP),
        [head(GZIP), gzip.compress(bytes(10_000_000)), None],
    ],
    ids=["announced", "absurd", "not announced", "endless", "endless chunks", "compressed", "bomb"],
)
async def test_a_larger_body_is_given_up(page: Page, site: Site, refusal: Refusal) -> None:
    site.pages["/a"] = page
    error = await refusal(a_fetcher(site), f"{site.url}/a")
    assert error.reason == "too_large"
    assert "1000 bytes" in str(error)


@pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 404, 429, 500, 503])
async def test_any_other_status_is_a_refusal(status: int, site: Site, refusal: Refusal) -> None:
    site.pages["/a"] = answer(b"" if status == 304 else b"no", status)
    error = await refusal(a_fetcher(site), f"{site.url}/a")
    assert error.reason == "refused"
    assert str(status) in str(error)
    assert f"{site.url}/a" in str(error)


@pytest.mark.parametrize(
    "page",
    [
        [],
        [b"HTTP/1.1 2"],
        [b"SSH-2.0-OpenSSH_9.6\r\n"],
        [head("Content-Length: 1000"), b"a" * 999],
        [head(CHUNKED), b"3e8\r\naaa"],
        [head(CHUNKED), b"not a length\r\n"],
        answer(b"not compressed", 200, GZIP),
        [head("Content-Length: -1"), b"a"],
        [head(f"X: {'a' * 100_000}")],
    ],
    ids=[
        "nothing",
        "half a line",
        "another protocol",
        "shorter than announced",
        "half a chunk",
        "no chunk",
        "not compressed",
        "negative length",
        "long header",
    ],
)
async def test_a_broken_answer_is_none(page: Page, site: Site, refusal: Refusal) -> None:
    site.pages["/a"] = page
    error = await refusal(a_fetcher(site), f"{site.url}/a")
    assert error.reason == "unreachable"
    assert f"{site.url}/a" in str(error)


async def test_a_closed_port_is_unreachable(site: Site, refusal: Refusal) -> None:
    fetcher = a_fetcher(site)
    await site.stop()
    assert (await refusal(fetcher, f"{site.url}/a")).reason == "unreachable"


async def test_a_name_that_nobody_knows_is_unreachable(refusal: Refusal) -> None:
    fetcher = Fetcher(most_bytes=99, resolver=Names())
    assert (await refusal(fetcher, "https://nobody.example.com/a")).reason == "unreachable"


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, refusal: Refusal) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*Authority(tmp_path).sign("server"))
    site = Site()
    await site.start(tls)
    error = await refusal(a_fetcher(site), f"{site.url}/a")
    await site.stop()
    assert error.reason == "unreachable"
    assert "Certificate" in str(error)
    assert not site.requests


@pytest.mark.parametrize(
    "page", [[None], [head(), None], [head(), b"a", None]], ids=["no answer", "no body", "half a body"]
)
async def test_a_slow_answer_is_not_waited_for(page: Page, site: Site, refusal: Refusal) -> None:
    site.pages["/a"] = page
    error = await refusal(a_fetcher(site, within=0.05), f"{site.url}/a")
    assert error.reason == "unreachable"
    assert "0.05 s" in str(error)


async def test_all_redirects_together_have_the_time_of_one(site: Site, refusal: Refusal) -> None:
    site.pages["/a"] = moved("/b")
    site.pages["/b"] = [None]
    error = await refusal(a_fetcher(site, within=0.05), f"{site.url}/a")
    assert error.reason == "unreachable"
    assert f"{site.url}/a took" in str(error)


async def test_a_slow_connection_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, refusal: Refusal) -> None:
    class Mute(Names):
        async def resolve(self, *_: object) -> list[ResolveResult]:
            await asyncio.Event().wait()
            return []

    monkeypatch.setattr("rag_on_dingtalk.net.fetching._CONNECT_SECONDS", 0.01)
    error = await refusal(Fetcher(most_bytes=99, resolver=Mute()), "https://mute.example.com/a")
    assert error.reason == "unreachable"
    assert "ConnectionTimeout" in str(error)


async def test_a_cancelled_fetch_is_cancelled(site: Site) -> None:
    begun = asyncio.Event()

    def page() -> Page:
        begun.set()
        yield None

    site.pages["/a"] = page()
    fetching = asyncio.ensure_future(a_fetcher(site).fetch(f"{site.url}/a"))
    await begun.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching


async def test_a_request_says_nothing_about_us(site: Site, dialed: list[str]) -> None:
    site.pages["/a"] = moved("/b", 302, "Set-Cookie: session=1; Path=/")
    site.pages["/b"] = answer(b"hello", 200, "Set-Cookie: session=2; Path=/")
    fetcher = Fetcher(most_bytes=99, plain_http=PLAIN, resolver=Names(files=PUBLIC))
    await fetcher.fetch("http://files.example.com/a#part")
    await fetcher.fetch("http://files.example.com/b")
    for request in site.requests:
        first, *lines = request.strip().split("\r\n")
        assert first in ("GET /a HTTP/1.1", "GET /b HTTP/1.1")
        assert {line.partition(": ")[0]: line.partition(": ")[2] for line in lines} == {
            "Host": "files.example.com",
            "User-Agent": "rag-on-dingtalk",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
    assert dialed == PUBLIC * 3


async def test_neither_a_proxy_nor_a_netrc_of_the_environment_is_used(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9/")
    site.pages["/a"] = answer(b"hello")
    assert (await a_fetcher(site).fetch(f"{site.url}/a")).data == b"hello"
    assert "Authorization" not in site.requests[0]
