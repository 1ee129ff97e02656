"""Which addresses out of a message may be called. Pure: names are not resolved here.

DingTalk's signatures do not cover the body, so a stranger may have written a URL in it, and the function that
calls it stands inside a network with a metadata service. A caller checks the URL, resolves its name, checks
what the name stands for, and connects to just that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: DingTalk's own URLs are a few hundred characters; a pre-signed one is longer.
_LONGEST_URL = 4096
_LONGEST_NAME = 253
_LONGEST_SHOWN = 200
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Top levels that never lead out of a network.
_INSIDE = (
    "internal",
    "intranet",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "home",
    "corp",
    "private",
    "arpa",
)
#: Alibaba Cloud's metadata service; inside 100.64.0.0/10, which not every list calls private.
_METADATA = frozenset(("100.100.100.200", "169.254.169.254", "fd00:ec2::254"))
_GLOBAL_UNICAST_FIRST_BITS = 0b001


def origin_of(url: str) -> str:
    """Scheme, host and port of an address the operator configured: `https://kb.example.com:8443`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


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


def has_origin(url: str, origin: str) -> bool:
    """Whether `url` has exactly the scheme, host and port of `origin`, for example `https://oapi.dingtalk.com`."""
    given, expected = _split(url), _split(origin)
    return (
        given is not None
        and expected is not None
        and bool(expected.netloc)
        and (given.scheme, given.netloc) == (expected.scheme, expected.netloc)
    )


def is_public_url(url: str, *, hosts: Collection[str] = (), plain_http: Collection[str] = ()) -> bool:
    """Whether `url` names a host of the public internet, on its scheme's own port, by name.

    IP addresses in any spelling are refused: a well-meant message has none.

    hosts: the only ones there may be: `oapi.dingtalk.com` is itself, `.dingtalk.com` all below. Empty: any.
    plain_http: of which hosts http will do; written in the same way.
    """
    parts = _split(url)
    # Square brackets are for IP addresses, and readers disagree about what stands before them.
    if parts is None or parts.scheme not in _DEFAULT_PORTS or any(mark in parts.netloc for mark in "@[]"):
        return False
    try:
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if port not in (None, _DEFAULT_PORTS[parts.scheme]) or not _is_public_name(name):
        return False
    if hosts and not _listed(name, hosts):
        return False
    return parts.scheme == "https" or _listed(name, plain_http)


def is_public_address(address: str) -> bool:
    """Whether an IP address, as a resolver gives it, belongs to the public internet.

    Private, shared, loopback, link-local, multicast and reserved ranges are not, nor are metadata services,
    nor IPv6 addresses that only carry an IPv4 one (mapped, 6to4, NAT64, Teredo): it may be any.
    """
    import ipaddress  # not on the way of a message

    if address in _METADATA:
        return False
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.is_multicast or ip.is_reserved or not ip.is_global:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return True
    return int(ip) >> 125 == _GLOBAL_UNICAST_FIRST_BITS and ip.sixtofour is None and ip.teredo is None


def are_public_addresses(addresses: Iterable[str]) -> bool:
    """Whether there are any and every one is public: one private answer may be the one taken."""
    all_of_them = list(addresses)
    return bool(all_of_them) and all(map(is_public_address, all_of_them))


def _split(url: str) -> SplitResult | None:
    # urlsplit drops tabs and line breaks; clients disagree about backslashes. Neither is ever honest.
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _is_public_name(name: str) -> bool:
    labels = name.split(".")
    return (
        len(labels) > 1
        and len(name) <= _LONGEST_NAME
        and all(_is_label(label) for label in labels)
        # Every spelling of an IPv4 address ends in a number: 127.1, 0x7f.1, 2130706433, 127.0.0.0x1.
        and labels[-1][0].isalpha()
        and labels[-1] not in _INSIDE
    )


def _is_label(label: str) -> bool:
    # Underscores are no hostnames' but occur.
    return (
        0 < len(label) <= 63  # noqa: PLR2004 - RFC 1035
        and label.replace("-", "a").replace("_", "a").isalnum()
        and not label.startswith("-")
        and not label.endswith("-")
    )


def _listed(name: str, hosts: Collection[str]) -> bool:
    return any(name == host or (host.startswith(".") and name.endswith(host)) for host in hosts)
