"""What a fetched file is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.net.fetching import Fetcher
from rag_on_dingtalk.net.file_names import _told_name
from tests.contract.net.site import answer

if TYPE_CHECKING:
    from tests.contract.net.site import Site


def raw(text: str, encoding: str) -> str:
    """How bytes that a server put into a header arrive."""
    return text.encode(encoding).decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=a.png", "a.png"),
        ('attachment; filename="a b; c.png"', "a b; c.png"),
        ('inline; FileName = "a \\"b\\".png" ; size=3', 'a "b".png'),
        ("attachment; filename*=UTF-8''%E5%9B%BE.png", "图.png"),
        ("attachment; filename=\"a.png\"; filename*=utf-8'zh'%E5%9B%BE.png", "图.png"),
        ("attachment; filename*=UTF-8''%E5%9B%BE.png; filename=a.png", "图.png"),
        ("attachment; filename*=GBK''%B1%A8%B8%E6.png", "报告.png"),
        ('attachment; filename="%E5%9B%BE.png"', "图.png"),
        (f'attachment; filename="{raw("图.png", "utf-8")}"', "图.png"),
        (f'attachment; filename="{raw("报告.png", "gbk")}"', "报告.png"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("attachment; filename*=UTF-8''%0D%0ASet-Cookie:%20a.png", "Set-Cookie: a.png"),
        ('attachment; note="; filename=b.png"; filename=a.png', "a.png"),
        ('attachment; filename="', "page"),
        ('attachment; filename=""', "page"),
        ("attachment; filename*=UTF-8''", "page"),
        ("attachment", "page"),
        ("", "page"),
    ],
)
async def test_a_server_names_its_file(disposition: str, name: str, site: Site) -> None:
    site.pages["/page"] = answer(b"", 200, f"Content-Disposition: {disposition}")
    fetched = await Fetcher(most_bytes=99, trusted=(site.url,)).fetch(f"{site.url}/page")
    assert fetched.name == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/b.png", "b.png"),
        ("/a/%E5%9B%BE%20%E4%B8%80.png", "图 一.png"),
        ("/a/%B1%A8%B8%E6.png", "报告.png"),
        ("/a/..%2F..%2Fpasswd", "passwd"),
        ("/a/%00%0A.png", "png"),
        ("/a/100%.png", "100%.png"),
        ("/a/", ""),
    ],
)
async def test_a_path_names_it_otherwise(path: str, name: str, site: Site) -> None:
    site.pages[path] = answer(b"")
    fetched = await Fetcher(most_bytes=99, trusted=(site.url,)).fetch(f"{site.url}{path}?name=c.png")
    assert fetched.name == name


@given(st.one_of(st.binary(), st.builds(b"a; filename%b=%b".__mod__, st.tuples(st.binary(), st.binary()))))
def test_any_header_can_be_read(header: bytes) -> None:
    name = _told_name(header.decode("utf-8", "surrogateescape"))
    assert name.isprintable()
    assert not set(name) & set("/\\")
    assert len(name) <= 100
