"""What can happen to a valid push on its way, as functions from one push to another."""

from __future__ import annotations

import gzip
from functools import cache
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.cloud.fc_web import MAX_BODY_BYTES
from tests.unit.webhook.edge import (
    CLIENT_ID,
    card_push,
    click_body,
    event_body,
    event_push,
    message,
    robot_push,
    wire,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Event = dict[str, Any]

DEEP = "[" * 10_000 + "]" * 10_000


@cache
def bomb() -> bytes:
    """40 MiB in 40 KB. Made when it is wanted: that takes as long as to import everything else."""
    return gzip.compress(bytes(40 * 2**20), mtime=0)


def robot(**changes: Any) -> Event:
    return robot_push(message(**changes))


def event(**changes: Any) -> Event:
    return event_push(event_body(**changes))


def card(**changes: Any) -> Event:
    return card_push(click_body(**changes))


#: A valid push to each address.
VALID: dict[str, Callable[[], Event]] = {"robot": robot, "events": event, "cards": card}

#: Where the signature and what it covers stand: part of the event, name.
SIGNED = {
    "robot": (("headers", "Timestamp"), ("headers", "Sign")),
    "events": (
        ("query", "timestamp"),
        ("query", "nonce"),
        ("query", "signature"),
    ),
    "cards": (("headers", "X-Ddpaas-Signature-Timestamp"), ("headers", "X-Ddpaas-Signature")),
}
#: Those of them that are the signature.
SIGNATURES = {route: parts[-1] for route, parts in SIGNED.items()}


def with_part(push: Event, part: str, name: str, value: object) -> Event:
    """The push with one header or query parameter replaced."""
    return {**push, part: {**push[part], name: value}}


def without_part(push: Event, part: str, name: str) -> Event:
    return {**push, part: {key: value for key, value in push[part].items() if key != name}}


def flipped(text: str) -> Iterator[str]:
    """The text with one bit changed, once for each bit of its UTF-8 that leaves it UTF-8."""
    raw = text.encode()
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        try:
            yield changed.decode()
        except UnicodeDecodeError:
            continue


def spelled(push: Event, spell: Callable[[str], str]) -> Event:
    """All header names spelled otherwise."""
    return {**push, "headers": {spell(name): value for name, value in push["headers"].items()}}


def twice(push: Event, route: str, *, first: str | None = None, last: str | None = None) -> bytes:
    """The push on the wire with its signature in it two times; None: the valid value."""
    part, name = SIGNATURES[route]
    valid = push[part][name]
    raw = wire(push)
    if part == "headers":
        pair = f"{name}: {valid}\r\n"
        several = f"{name}: {first or valid}\r\n{name}: {last or valid}\r\n"
    else:
        pair = f"{name}={valid}"
        several = f"{name}={first or valid}&{name}={last or valid}"
    return raw.replace(pair.encode(), several.encode(), 1)


def zipped(push: Event, content: bytes | None = None) -> Event:
    """The body, or other bytes, with gzip."""
    raw = gzip.compress(push["body"].encode(), mtime=0) if content is None else content
    headers = {**push["headers"], "Content-Encoding": "gzip"}
    return {**push, "headers": headers, "body": raw}


def padded(push: Event, size: int) -> Event:
    """Blanks after the JSON, up to `size` bytes."""
    return {**push, "body": push["body"] + " " * (size - len(push["body"].encode()))}


def too_large(push: Event) -> Event:
    return padded(push, MAX_BODY_BYTES + 1024)


def in_chunks(push: Event, size: int = 100) -> Event:
    """The body in chunks of `size` bytes, and no Content-Length."""
    raw = push["body"].encode()
    chunks = [raw[at : at + size] for at in range(0, len(raw), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    return with_part({**push, "body": framed}, "headers", "Transfer-Encoding", "chunked")


def inserted(push: Event, fields: str) -> Event:
    """The body with more fields, before those it has: a key that comes again comes later."""
    return {**push, "body": "{" + fields + ", " + push["body"][1:]}


def appended(push: Event, fields: str) -> Event:
    """The body with more fields after those it has."""
    return {**push, "body": push["body"][:-1] + ", " + fields + "}"}


def sealed_event(fields: str) -> Event:
    """A valid envelope around an event with more fields after its own."""
    return event_push(event_body()[:-1] + ", " + fields + "}", owner=CLIENT_ID)
