"""Two readers that find where links lead: CommonMark's, and one that takes every bracket for a link."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMON_MARK = MarkdownIt("commonmark")
# The library refuses some addresses by itself; here every one of them is to be found.
_COMMON_MARK.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005 - its documented way
_FENCES = re.compile(r"(?ms)^(`{3,})[^`\n]*\n.*?(?:^\1`*[ ]*$|\Z)")
_SPANS = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_INLINE = re.compile(r"\]\(\s*<?([^)]*)\)")
_DEFINITION = re.compile(r"(?m)^[\s>*+-]*\[[^\]]+\]:\s*<?([^\s>]+)")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^<>]*)>")
_ATTRIBUTE = re.compile(
    r"<[A-Za-z][^<>]*\s(?:href|src|action|xlink:href)\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE
)
_APP = re.compile(r"(?<![\w.+-])((?:dtmd|dingtalk)://\S*)", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
SAFE = ("http:", "https:", "mailto:", "tel:")
PAGE = re.compile(
    r"dingtalk://dingtalkclient/(?:page/link\?|action/openapp\?|action/im_open_hybrid_panel\?)", re.IGNORECASE
)


def targets(text: str, *, card: bool) -> set[str]:
    """Every address that one of the readers makes a link of.

    card: code is documented there, and no tag in it is read; in messages some clients read them.
    """
    fences = _FENCES.sub("", text)
    html_is_read_in = _SPANS.sub("", fences) if card else text
    return {
        *_of_tokens(_COMMON_MARK.parse(text)),
        *_found((_INLINE, _DEFINITION), fences if card else text),
        *_found((_AUTOLINK, _ATTRIBUTE), html_is_read_in),
        # Clients find addresses in running text; one in code is talked about.
        *_found((_APP,), _INLINE.sub("](", _SPANS.sub("", fences))),
    }


def unsafe(text: str, *, card: bool) -> list[str]:
    """Those with a scheme that nothing may lead to."""
    return sorted(target for target in targets(text, card=card) if not _is_fine(target))


def _of_tokens(tokens: list) -> Iterator[str]:  # type: ignore[type-arg]  # of the library's own
    for token in tokens:
        for name in ("href", "src"):
            if value := token.attrGet(name):
                yield str(value)
        yield from _of_tokens(token.children or [])


def _found(patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[str]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            yield match[1]


def _is_fine(target: str) -> bool:
    for reading in (target, html.unescape(target), unquote(html.unescape(target)), target.replace("\\", "")):
        bare = re.sub(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2060\ufeff]", "", reading).lower()
        scheme = _SCHEME.match(bare)
        if scheme and scheme[0] not in SAFE and not PAGE.match(bare):
            return False
    return True
