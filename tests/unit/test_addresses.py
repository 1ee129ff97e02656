"""Which addresses may be called."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.net.addresses import are_public_addresses, has_origin, is_public_address, is_public_url

DINGTALK = (".dingtalk.com", "down.example.net")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/a/b.file?Expires=1&Signature=x%2B",
        "https://EXAMPLE.com:443/",
        "https://a-b_c.xn--fiqs8s/",
    ],
)
def test_a_named_host_of_the_internet_may_be_called(url: str) -> None:
    assert is_public_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.com/",
        "example.com",
        "",
        "https://",
        "https:///x",
        "https://example.com:8443/",
        "https://example.com:x/",
        "https://example.com:99999/",
        "https://user@example.com/",
        "https://example.com\\@127.0.0.1/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.0.0.0x1/",
        "https://8.8.8.8/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[broken/",
        "https://localhost/",
        "https://metadata/",
        "https://metadata.internal/",
        "https://printer.local/",
        "https://100.100.100.200/latest/meta-data/",
        "https://example.com./",
        "https://.example.com/",
        "https://exa mple.com/",
        "https://exam\tple.com/",
        "https://example.com/\r\nX-Evil: 1",
        "https://ex\u00e4mple.com/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://-a.com/",
        "https://a-.com/",
        f"https://{'a' * 64}.com/",
        f"https://{'a.' * 130}com/",
        "https://example.com/" + "a" * 5_000,
        "https://example.com\x00.evil.example/",
    ],
)
def test_anything_else_may_not(url: str) -> None:
    assert not is_public_url(url)
    assert not is_public_url(url, hosts=("example.com",))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://oapi.dingtalk.com/x", True),
        ("https://a.b.dingtalk.com/x", True),
        ("https://down.example.net/x", True),
        ("https://dingtalk.com/x", False),
        ("https://evildingtalk.com/x", False),
        ("https://oapi.dingtalk.com.evil.example/x", False),
        ("https://a.down.example.net/x", False),
    ],
)
def test_a_list_of_hosts_is_kept_to(url: str, *, allowed: bool) -> None:
    assert allowed is is_public_url(url, hosts=DINGTALK)


def test_plain_http_is_for_the_hosts_it_is_said_of() -> None:
    assert is_public_url("http://static.dingtalk.com/x.file", plain_http=DINGTALK)
    assert is_public_url("https://example.com/x", plain_http=DINGTALK)
    assert not is_public_url("http://example.com/x", plain_http=DINGTALK)
    assert not is_public_url("http://static.dingtalk.com:443/x.file", plain_http=DINGTALK)
    assert not is_public_url("http://static.dingtalk.com/x", hosts=("example.com",), plain_http=DINGTALK)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://oapi.dingtalk.com/robot/sendBySession?session=1", True),
        ("http://oapi.dingtalk.com/robot/sendBySession", False),
        ("https://oapi.dingtalk.com:8443/robot", False),
        ("https://oapi.dingtalk.com@evil.example/robot", False),
        ("https://oapi.dingtalk.com.evil.example/robot", False),
        ("https://[broken/robot", False),
        ("", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, *, same: bool) -> None:
    assert same is has_origin(url, "https://oapi.dingtalk.com")


def test_nothing_has_the_origin_of_nothing() -> None:
    assert not has_origin("", "")
    assert not has_origin("/x", "")


def test_a_local_origin_is_as_good_as_it_was_configured() -> None:
    assert has_origin("http://127.0.0.1:8080/x", "http://127.0.0.1:8080")
    assert not has_origin("http://127.0.0.1:8081/x", "http://127.0.0.1:8080")


@pytest.mark.parametrize("address", ["8.8.8.8", "140.205.1.1", "2400:3200::1", "2606:4700:4700::1111"])
def test_somebodys_address_on_the_internet_may_be_called(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - refused, not bound
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:7f00:1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "2002:7f00:1::",
        "2002:808:808::1",
        "2001:0:808:808::1",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "2130706433",
        "127.1",
        "localhost",
        "",
    ],
)
def test_what_is_inside_or_leads_inside_may_not(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize(
    ("addresses", "public"),
    [([], False), (["8.8.8.8"], True), (["8.8.8.8", "10.0.0.1"], False), (["8.8.8.8", "::1"], False)],
)
def test_one_private_answer_spoils_the_name(addresses: list[str], *, public: bool) -> None:
    assert public is are_public_addresses(addresses)


@given(st.ip_addresses(v=4))
def test_no_spelling_of_an_ipv4_address_is_a_public_url(ip: ipaddress.IPv4Address) -> None:
    octets = str(ip).split(".")
    spellings = [
        str(ip),
        str(int(ip)),
        hex(int(ip)),
        oct(int(ip)).replace("o", ""),
        ".".join(hex(int(octet)) for octet in octets),
        ".".join(f"0{int(octet):o}" for octet in octets),
        f"{octets[0]}.{int(ip) & 0xFFFFFF}",
        f"{octets[0]}.{octets[1]}.{int(ip) & 0xFFFF}",
        f"[::ffff:{ip}]",
    ]
    assert not any(is_public_url(f"https://{spelling}/") for spelling in spellings)


@given(st.ip_addresses(v=4))
def test_an_ipv6_address_that_carries_an_ipv4_address_is_never_public(ip: ipaddress.IPv4Address) -> None:
    for prefix in (0xFFFF << 32, 0, 0x64FF9B << 96):
        assert not is_public_address(str(ipaddress.IPv6Address(prefix | int(ip))))
    assert not is_public_address(str(ipaddress.IPv6Address((0x2002 << 112) | (int(ip) << 80) | 1)))


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        assert not is_public_address(str(ip))


@given(st.text(max_size=80) | st.text(max_size=60).map(lambda rest: "https://" + rest))
def test_any_text_is_judged(url: str) -> None:
    if is_public_url(url):
        assert urlsplit(url).scheme == "https"
        assert "." in (urlsplit(url).hostname or "")
    has_origin(url, "https://oapi.dingtalk.com")
    is_public_address(url)
