"""Forwarded records, links, markdown and cards, as messages themselves or quoted. Pure.

Source: none; as public bots have seen them. A forwarded record (`chatRecord`) has a `title` and a `summary`
of lines `name:words`, or its entries as JSON in a string; a link has `title`, `text`, `messageUrl`; markdown
has `title`, `text`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.dingtalk.inbound.fields import opened, text_of
from rag_on_dingtalk.dingtalk.inbound.payload import Words, words_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LINKS = ("messageUrl", "messageURL", "linkUrl", "singleURL", "url", "href")
#: Addresses of another kind are for DingTalk's client: `dingtalk://…` opens a page in it.
_WEB = ("https://", "http://")


def read_undocumented(content: object, attach: Callable[[Mapping[str, Any]], str]) -> Words:
    """The words of a payload that DingTalk does not document.

    attach: see `payload.words_in`.
    """
    content = opened(content)
    words = words_in(content, attach)
    if not isinstance(content, dict):
        return words
    lines = list(words.lines)
    title, text = text_of(content, "title"), text_of(content, "text")
    # A markdown message's title is the beginning of its text, as the list of chats shows it; where it is the
    # whole text, both are one line.
    if title and text != title and text.lstrip("#* ").startswith(title) and title in lines:
        lines.remove(title)
    link = next((url for key in _LINKS if (url := text_of(content, key)).startswith(_WEB)), "")
    if link and link not in words.text:
        lines.append(link)
    return Words(tuple(lines), words.complete)
