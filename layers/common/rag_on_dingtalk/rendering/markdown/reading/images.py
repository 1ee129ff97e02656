"""The pictures in a markdown text: found, and exchanged for what DingTalk can show. Pure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from rag_on_dingtalk.rendering.markdown.inline.links import LINK, target
from rag_on_dingtalk.rendering.markdown.inline.spans import without_code
from rag_on_dingtalk.rendering.markdown.reading.fences import opening_fence

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from rag_on_dingtalk.rendering.markdown.reading.fences import Fence


#: Behind the end of every line.
_NOWHERE = (sys.maxsize, sys.maxsize)


class Image(Struct, frozen=True):
    """`![alt](url)` at text[start:end].

    linked: it stands in a link's label.
    """

    alt: str
    url: str
    start: int
    end: int
    linked: bool


def images(text: str) -> tuple[Image, ...]:
    """The pictures in the order they stand in the text; code shows none."""
    return tuple(_found(text)) if "![" in text and "](" in text else ()


def replace_images(text: str, targets: Mapping[str, str | None]) -> str:
    """The text with other addresses for its pictures, such as the media ids they were uploaded to.

    targets: url → new address; where the picture cannot be had, None leaves a link and "" its description.
        Others stay. In a link's label there is no room for another: the description stands for it.
    """
    done = 0
    pieces: list[str] = []
    for image in images(text):
        if image.url in targets:
            pieces += (text[done : image.start], _instead(image, targets[image.url]))
            done = image.end
    return "".join((*pieces, text[done:]))


def is_inline(url: str) -> bool:
    """Whether a picture stands in its address itself, `data:image/png;base64,…`; it may have megabytes."""
    return url[:5].lower() == "data:"


def in_words(text: str, addresses: Container[str] = ()) -> str:
    """The text with their descriptions for the pictures that stand in it themselves.

    addresses: what such pictures were given in the text in place of their own; see `lift`.
    """
    urls = (image.url for image in images(text))
    return replace_images(text, {url: "" for url in urls if is_inline(url) or url in addresses})


def _instead(image: Image, target: str | None) -> str:
    if target is None and not image.linked:
        return f"[{image.alt or image.url}]({image.url})"
    return f"![{image.alt}]({target})" if target else image.alt


def _found(text: str) -> Iterator[Image]:
    fence: Fence | None = None
    at = 0
    for line in text.split("\n"):
        if fence is not None and fence.left_by(line):
            fence = None
        if fence is not None:
            fence = None if fence.closed_by(line) else fence
        elif (fence := opening_fence(line)) is None and "![" in line and "](" in line:
            yield from _in_line(line, at)
        at += len(line) + 1


def _in_line(line: str, offset: int) -> Iterator[Image]:
    """Pictures in a line, also those that are a link's label."""
    bare = without_code(line)
    labels = iter([match.span(2) for match in LINK.finditer(bare) if not match[1]])
    start, end = next(labels, _NOWHERE)
    at = bare.find("![")
    while at >= 0:
        match = LINK.match(bare, at)
        if match is not None and (url := target(match[3])):
            while end <= at:
                start, end = next(labels, _NOWHERE)
            linked = start <= at
            yield Image(line[slice(*match.span(2))], url, offset + at, offset + match.end(), linked)
            at = match.end() - 1
        at = bare.find("![", at + 1)
