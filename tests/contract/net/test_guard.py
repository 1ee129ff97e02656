"""Where a fetch may go: an address on the public internet, or an origin the operator named."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from rag_on_dingtalk.net.addresses import is_public_url, shown
from rag_on_dingtalk.net.fetching import Fetcher
from tests.contract.net.site import INSIDE, PLAIN, PUBLIC, Names, answer

if TYPE_CHECKING:
    from tests.contract.net.conftest import Refusal
    from tests.contract.net.site import Site


async def test_a_public_address_is_fetched(site: Site, dialed: list[str]) -> None:
    site.pages["/a.png"] = answer(b"hello")
    names = Names(files=PUBLIC)
    fetched = await Fetcher(most_bytes=99, plain_http=PLAIN, resolver=names).fetch(
        "http://files.example.com/a.png?x=%2B&y=a+b"
    )
    assert fetched.data == b"hello"
    assert fetched.name == "a.png"
    assert site.paths == ["/a.png?x=%2B&y=a+b"]
    assert "Host: files.example.com\r\n" in site.requests[0]
    assert dialed == PUBLIC


async def test_an_address_in_chinese_is_fetched(site: Site, dialed: list[str]) -> None:
    site.pages["/%E5%9B%BE%20%E4%B8%80.png"] = answer(b"hello")
    fetched = await Fetcher(most_bytes=99, plain_http=PLAIN, resolver=Names(files=PUBLIC)).fetch(
        "http://files.example.com/图 一.png"
    )
    assert fetched.name == "图 一.png"
    assert dialed


async def test_the_operators_own_origin_may_be_private(site: Site) -> None:
    site.pages["/a"] = answer(b"hello")
    fetched = await Fetcher(most_bytes=99, trusted=(site.url,)).fetch(f"{site.url}/a")
    assert fetched.data == b"hello"
    assert fetched.url == f"{site.url}/a"


async def test_the_operators_own_origin_may_have_any_name(site: Site) -> None:
    site.pages["/a"] = answer(b"hello")
    names = Names()
    names.know("kb.internal", ["127.0.0.1"])
    origin = f"http://kb.internal:{site.port}"
    fetched = await Fetcher(most_bytes=99, trusted=(origin,), resolver=names).fetch(f"{origin}/a")
    assert fetched.data == b"hello"


@pytest.mark.parametrize("url", INSIDE)
async def test_an_address_inside_is_not_even_looked_up(url: str, site: Site, refusal: Refusal) -> None:
    names = Names()
    fetcher = Fetcher(most_bytes=99, plain_http=PLAIN, trusted=("https://kb.internal:8443",), resolver=names)
    error = await refusal(fetcher, url.replace("PORT", str(site.port)))
    assert error.reason == "address"
    assert not names.asked
    assert not site.requests


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["100.100.100.200"],
        ["169.254.169.254"],
        ["192.168.1.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%eth0"],
        [*PUBLIC, "127.0.0.1"],
        ["10.0.0.1", *PUBLIC],
        [],
    ],
    ids=", ".join,
)
async def test_a_public_name_of_a_private_address_is_not_called(
    answers: list[str], dialed: list[str], refusal: Refusal
) -> None:
    fetcher = Fetcher(most_bytes=99, plain_http=PLAIN, resolver=Names(files=answers))
    error = await refusal(fetcher, "http://files.example.com/a")
    assert error.reason == "address"
    assert "files.example.com" in str(error)
    assert not dialed


async def test_the_address_that_was_checked_is_the_one_called(site: Site, dialed: list[str]) -> None:
    site.pages["/a"] = answer(b"hello")
    names = Names()
    names.know("files.example.com", PUBLIC, ["127.0.0.1"])
    await Fetcher(most_bytes=99, plain_http=PLAIN, resolver=names).fetch("http://files.example.com/a")
    assert names.asked == ["files.example.com"]
    assert dialed == PUBLIC


async def test_a_name_is_checked_again_for_the_next_fetch(
    site: Site, dialed: list[str], refusal: Refusal
) -> None:
    site.pages["/a"] = answer(b"hello")
    names = Names()
    names.know("files.example.com", PUBLIC, ["127.0.0.1"])
    fetcher = Fetcher(most_bytes=99, plain_http=PLAIN, resolver=names)
    await fetcher.fetch("http://files.example.com/a")
    assert (await refusal(fetcher, "http://files.example.com/a")).reason == "address"
    assert dialed == PUBLIC


async def test_what_a_trusted_name_stands_for_is_not_trusted_on_another_port(
    site: Site, dialed: list[str], refusal: Refusal
) -> None:
    site.pages["/a"] = answer(b"hello")
    names = Names(kb=["127.0.0.1"])
    fetcher = Fetcher(
        most_bytes=99, trusted=("http://kb.example.com:9000",), plain_http=PLAIN, resolver=names
    )
    await fetcher.fetch("http://kb.example.com:9000/a")
    assert dialed == ["127.0.0.1"]
    assert (await refusal(fetcher, "http://kb.example.com/a")).reason == "address"
    assert dialed == ["127.0.0.1"]


host_text = st.text(string.ascii_letters + string.digits + ".-_@:/?#%[]&;=!$", max_size=30)


@given(st.builds("{}://{}example.com{}".format, st.sampled_from(["http", "https"]), host_text, host_text))
@example("http://][example.com")
def test_the_host_that_is_checked_is_the_host_that_is_called(url: str) -> None:
    if is_public_url(url, plain_http=(".example.com", "example.com")):
        parts, called = urlsplit(url), URL(url, encoded=True)
        assert (called.scheme, (called.raw_host or "").lower()) == (parts.scheme, parts.hostname)
        assert called.port == {"http": 80, "https": 443}[parts.scheme]
        assert called.raw_user is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/b/c.png?Signature=x#y", "https://a.example/b/c.png"),
        ("https://user:word@a.example:8443/b", "https://a.example:8443/b"),
        ("https://a.example/" + "b" * 900, "https://a.example/" + "b" * 182),
        ("https://a.example/\x1b[31m\u202eb", "https://a.example/[31mb"),
        ("data:image/png;base64,iVBORw0KGgo=", "an address without a host"),
        ("https://[broken", "an unreadable address"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, expected: str) -> None:
    assert shown(url) == expected


@given(st.text(), st.text())
def test_any_address_can_be_shown(before: str, after: str) -> None:
    assert "Signature" not in shown(f"{before}?Signature{after}")
    assert shown(before).isprintable()
