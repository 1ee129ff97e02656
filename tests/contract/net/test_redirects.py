"""Where a redirect may lead: nowhere that its first address could not have led."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.net.fetching import Fetcher
from tests.contract.net.site import INSIDE, PLAIN, PUBLIC, Names, answer, moved

if TYPE_CHECKING:
    from tests.contract.net.conftest import Refusal
    from tests.contract.net.site import Site


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed(status: int, site: Site, dialed: list[str]) -> None:
    site.pages["/a"] = moved("http://other.example.com/b/报告.pdf", status)
    site.pages["/b/%E6%8A%A5%E5%91%8A.pdf"] = moved("../c.pdf?x=1", status)
    site.pages["/c.pdf"] = answer(b"hello")
    names = Names(files=PUBLIC, other=PUBLIC)
    fetched = await Fetcher(most_bytes=99, plain_http=PLAIN, resolver=names).fetch(
        "http://files.example.com/a"
    )
    assert fetched.url == "http://other.example.com/c.pdf?x=1"
    assert fetched.name == "c.pdf"
    assert names.asked == ["files.example.com", "other.example.com", "other.example.com"]
    assert len(dialed) == 3 * len(PUBLIC)


@pytest.mark.parametrize("location", [*INSIDE[:-2], "http://inside.example.com/", "//127.0.0.1/"])
@pytest.mark.parametrize("hops", [1, 3])
async def test_a_redirect_to_an_address_inside_is_not_followed(
    location: str, hops: int, site: Site, dialed: list[str], refusal: Refusal
) -> None:
    for hop in range(1, hops):
        site.pages[f"/{hop}"] = moved(f"/{hop + 1}")
    site.pages[f"/{hops}"] = moved(location.replace("PORT", str(site.port)))
    names = Names(files=PUBLIC, inside=["100.100.100.200"])
    fetcher = Fetcher(most_bytes=99, plain_http=PLAIN, resolver=names)
    assert (await refusal(fetcher, "http://files.example.com/1")).reason == "address"
    assert len(site.requests) == hops
    assert set(dialed) == set(PUBLIC)


async def test_a_stranger_cannot_redirect_to_the_operators_own_server(
    site: Site, dialed: list[str], refusal: Refusal
) -> None:
    site.pages["/a"] = moved(f"{site.url}/b")
    site.pages["/b"] = answer(b"hello")
    fetcher = Fetcher(most_bytes=99, plain_http=PLAIN, trusted=(site.url,), resolver=Names(files=PUBLIC))
    assert (await refusal(fetcher, "http://files.example.com/a")).reason == "address"
    assert len(site.requests) == 1
    assert dialed == PUBLIC


async def test_the_operators_own_server_may_redirect_to_another_of_his_and_to_the_internet(
    site: Site, dialed: list[str]
) -> None:
    site.pages["/a"] = moved("http://storage.internal:9000/b")
    site.pages["/b"] = moved("http://files.example.com/c")
    site.pages["/c"] = answer(b"hello")
    names = Names(files=PUBLIC)
    names.know("storage.internal", ["10.0.0.1"])
    fetcher = Fetcher(
        most_bytes=99,
        plain_http=PLAIN,
        trusted=(site.url, "http://storage.internal:9000"),
        resolver=names,
    )
    assert (await fetcher.fetch(f"{site.url}/a")).data == b"hello"
    assert dialed == ["127.0.0.1", "10.0.0.1", *PUBLIC]


async def test_the_operators_own_server_cannot_redirect_to_its_neighbour(
    site: Site, refusal: Refusal
) -> None:
    site.pages["/a"] = moved(f"http://127.0.0.2:{site.port}/b")
    fetcher = Fetcher(most_bytes=99, trusted=(site.url,))
    assert (await refusal(fetcher, f"{site.url}/a")).reason == "address"


@pytest.mark.parametrize("location", ["/a", ""])
async def test_redirects_in_a_circle_come_to_an_end(location: str, site: Site, refusal: Refusal) -> None:
    site.pages["/a"] = moved(location)
    error = await refusal(Fetcher(most_bytes=99, trusted=(site.url,)), f"{site.url}/a")
    assert error.reason == "refused"
    assert len(site.requests) == 4
