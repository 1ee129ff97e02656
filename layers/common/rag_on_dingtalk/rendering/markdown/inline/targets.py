"""Where a link may lead: judged on every reading of its address that a client might make. Pure.

A client decodes entities and backslash escapes before it opens an address (CommonMark 0.31, "Links"), a
browser also drops control characters and white space (WHATWG URL, "basic URL parser"), and some clients
decode percent signs early. An address is good only when all these readings agree on a scheme that is good.

DingTalk's own protocol: "消息链接说明" (development/message-link-description),
"单聊相关跳转协议" (orgapp/private-chat-related-jump-protocol).
"""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl, unquote

#: Everything else could run code (`javascript:`), reach into the reader's machine (`file:`), act in the
#: reader's name (`dtmd:`), or carry a whole document in the text (`data:`).
_SCHEMES = frozenset(("http", "https", "mailto", "tel", "dingtalk"))
#: The actions of `dingtalk:` that open a page, and the parameter with the page's address.
_PAGES = {
    "page/link": "url",
    "action/openapp": "redirect_url",
    "action/im_open_hybrid_panel": "pageUrl",
}
_PAGE = re.compile(
    r"dingtalk://dingtalkclient/(page/link|action/openapp|action/im_open_hybrid_panel)\?(.*)", re.DOTALL
)
_WRITTEN_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEME = re.compile(r"([^/?#\\:]*):")
#: Two slashes of either kind lead to another host, and on Windows to another machine's files.
_TO_A_HOST = re.compile(r"[/\\]{2}")
#: White space, controls and what is written without being seen.
_UNSEEN = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]"
)
_ENCODED = re.compile(r"[&%\\]")
#: A scheme stands before this, and an address that still changes after the last decoding hides something.
_LONGEST_START, _MOST_ROUNDS = 300, 6
#: No client opens a longer one.
_LONGEST = 8_000


def has_scheme(url: str) -> bool:
    """Whether an address has a scheme in any reading, or changes so often that it cannot be told."""
    readings = _readings(url[:_LONGEST_START])
    return readings is None or any(_SCHEME.match(reading) for reading in readings)


def is_safe(url: str, *, picture: bool = False) -> bool:
    """Whether an address has a scheme of the list, or in no reading any scheme at all.

    url: as it is written between the round brackets, without a title.
    picture: `//host/path` is allowed, too: it is fetched by the bot and not by the reader.
    """
    if len(url) > _LONGEST:
        return False
    readings = _readings(url[:_LONGEST_START])
    if readings is None:
        return False
    found = {match[1].lower() for reading in readings if (match := _SCHEME.match(reading))}
    if not found:
        return picture or not any(_TO_A_HOST.match(reading) for reading in readings)
    written = _WRITTEN_SCHEME.match(url)
    # A scheme that only a decoder sees is there to be overlooked.
    if written is None or found != {written[1].lower()} or not found <= _SCHEMES:
        return False
    return "dingtalk" not in found or _opens_a_page(url)


def _readings(start: str) -> set[str] | None:
    """All that the start of an address may be read as; None when it does not come to an end."""
    if not _ENCODED.search(start):
        return {_UNSEEN.sub("", start)}
    known = {start}
    new = known
    for _ in range(_MOST_ROUNDS):
        new = {decoded for reading in new for decoded in _decoded(reading)} - known
        if not new:
            return {_UNSEEN.sub("", reading) for reading in known}
        known |= new
    return None


def _decoded(reading: str) -> tuple[str, ...]:
    return (
        html.unescape(reading) if "&" in reading else reading,
        unquote(reading) if "%" in reading else reading,
        reading.replace("\\", ""),
    )


def _opens_a_page(url: str) -> bool:
    """Whether a `dingtalk:` address only opens a web page, in the written and in the decoded form."""
    return all(_is_page(reading) for reading in (url, html.unescape(url)))


def _is_page(url: str) -> bool:
    match = _PAGE.fullmatch(url)
    if match is None or "&#" in url or "\\" in url:
        return False
    parameters = parse_qsl(match[2], keep_blank_values=True)
    pages = [value for name, value in parameters if name == _PAGES[match[1]]]
    if len(pages) != 1 or not pages[0].lower().startswith(("https://", "http://")):
        return False
    return all(is_safe(value[:_LONGEST]) for _, value in parameters)
