"""A document's HTML and its headings, by CommonMark with tables, as GitHub shows it. Pure."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: A line that only leads to the same page in the other language: the site has a switch.
_SWITCH = re.compile(r"^\[(?:中文|简体中文|English)\]\([^)]*\)\n", re.MULTILINE)


class Heading(msgspec.Struct, frozen=True):
    """level: 1 to 6; anchor: as GitHub makes it; text: without markup."""

    level: int
    anchor: str
    text: str


class Rendered(msgspec.Struct, frozen=True):
    """html: of all; headings: in their order."""

    html: str
    headings: list[Heading]


def slug(text: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def render(markdown: str, link: Callable[[str], str], aliases: Sequence[str] = ()) -> Rendered:
    """Draw one document.

    aliases: further anchors of the headings, in their order; a link to the English heading finds the Chinese.
    link: what a link's address, or a picture's, becomes; empty: the link is dropped and its words stay.
    """
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    reader.add_render_rule("fence", _code)
    reader.add_render_rule("code_block", _code)
    tokens = reader.parse(_SWITCH.sub("", markdown))
    headings = list(_anchored(tokens, aliases))
    for token in tokens:
        if token.type == "inline" and token.children:
            token.children = list(_linked(token.children, link))
            _join_chinese_lines(token.children)
    return Rendered(reader.renderer.render(tokens, reader.options, {}), headings)


def _anchored(tokens: Sequence[Token], aliases: Sequence[str]) -> Iterator[Heading]:
    """Give every heading its id, and its alias."""
    seen: dict[str, int] = {}
    more = iter(aliases)
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        text = "".join(child.content for child in inline.children or ())
        anchor = slug(text)
        number = seen.get(anchor, 0)
        seen[anchor] = number + 1
        anchor = f"{anchor}-{number}" if number else anchor
        opening.attrSet("id", anchor)
        alias = next(more, anchor)
        if alias != anchor and alias not in seen and inline.children is not None:
            seen[alias] = 1
            inline.children.insert(0, Token("html_inline", "", 0, content=f'<span id="{alias}"></span>'))
        yield Heading(int(opening.tag[1:]), anchor, text)


def _linked(children: Sequence[Token], link: Callable[[str], str]) -> Iterator[Token]:
    """The same with the links' new addresses. Links do not stand in each other."""
    dropped = False
    for child in children:
        if child.type == "image":
            child.attrSet("src", link(str(child.attrs["src"])))
        if child.type == "link_open":
            address = link(str(child.attrs["href"]))
            child.attrSet("href", address)
            dropped = not address
        if dropped and child.type in ("link_open", "link_close"):
            dropped = child.type == "link_open"
            continue
        yield child


def _join_chinese_lines(children: Sequence[Token]) -> None:
    """Take away the blank that a browser makes of a line's end between two Chinese characters."""
    texts = [child for child in children if child.content or child.type == "softbreak"]
    for before, at, after in zip(texts, texts[1:], texts[2:], strict=False):
        if at.type == "softbreak" and _wide(before.content[-1:]) and _wide(after.content[:1]):
            at.type = "text"


def _wide(character: str) -> bool:
    return bool(character) and unicodedata.east_asian_width(character) in "WF"


def _code(_renderer: object, tokens: Sequence[Token], place: int, _options: object, _env: object) -> str:
    """A block of code, in colours where its language is known; in the form that MkDocs Material looks for."""
    token = tokens[place]
    try:
        lexer = get_lexer_by_name(token.info.split()[0] if token.info.strip() else "text", stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text", stripnl=False)
    return str(highlight(token.content, lexer, HtmlFormatter(cssclass="highlight", wrapcode=True)))
