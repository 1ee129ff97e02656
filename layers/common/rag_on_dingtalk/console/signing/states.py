"""What a login carries to DingTalk and back: signed, and bound to the browser by a cookie. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rag_on_dingtalk.console.signing.signer import Signer

#: From leaving for DingTalk until coming back.
LIFE_MS = 10 * 60_000
_PURPOSE = "login"
#: A page of ours: a path, no host.
_PAGE = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")


class State(msgspec.Struct, frozen=True, array_like=True):
    """nonce: also in the browser's cookie. page: where to go afterwards. until_ms: its end."""

    nonce: str
    page: str
    until_ms: int


def new_state(nonce: str, page: str, now_ms: int, signer: Signer) -> str:
    """The value of `state`; a page that is not ours is the first page."""
    return signer.sign(_PURPOSE, msgspec.json.encode(State(nonce, own_page(page), now_ms + LIFE_MS)))


def own_page(page: str) -> str:
    """The page, if it is one of ours.

    >>> own_page("/bots/a/overview?x=1"), own_page("//evil.example"), own_page("https://evil.example")
    ('/bots/a/overview?x=1', '/', '/')
    """
    return page if _PAGE.fullmatch(page) else "/"


def read_state(value: str, nonce: str, now_ms: int, signer: Signer) -> State | None:
    """The state that came back; None where it is not ours, not this browser's, or too old.

    nonce: of the cookie.
    """
    content = signer.opened(_PURPOSE, value)
    if content is None or not nonce:
        return None
    try:
        state = msgspec.json.decode(content, type=State)
    except msgspec.DecodeError:
        return None
    return state if state.nonce == nonce and now_ms < state.until_ms else None
