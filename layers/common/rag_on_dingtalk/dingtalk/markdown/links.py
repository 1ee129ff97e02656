"""Links and pictures in a line of markdown: written plainly, only where they lead somewhere safe. Pure."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag_on_dingtalk.dingtalk.markdown.spans import Shelter

# Runs of plain characters are one step each: one step a character is remembered for a way back, which for a
# picture of megabytes that stands in its own address is hundreds of them.
_LABEL = r"[^\[\]\\<>\n]*(?:(?:\\.|\[[^\[\]\\\n]*(?:\\.[^\[\]\\\n]*)*\])[^\[\]\\<>\n]*)*"
_TARGET = r"[^()\\<>\n\x01]*(?:(?:\\.|\([^()\\\n\x01]*(?:\\.[^()\\\n\x01]*)*\))[^()\\<>\n\x01]*)*"
LINK = re.compile(rf"(!?)(?<!\\)\[({_LABEL})\]\(({_TARGET})\)")
_ANGLES = re.compile(r"\]\(\s*<(?!br\b|/?font\b)([^<>\n\x01]*)>\s*\)", re.IGNORECASE)
#: Everything else could run code (javascript:), reach into the reader's machine (file:), or carry a whole
#: picture in the text (data:). A media id (`@lAD…`) and a path have no scheme.
_SAFE = r"(?:https?|dingtalk|mailto|tel):"
_UNSAFE = re.compile(rf"[ \t]*(?!{_SAFE})[A-Za-z][A-Za-z0-9+.-]*:", re.IGNORECASE)
#: What is no link here may be one to a client that knows no escapes.
_TO_UNSAFE = re.compile(rf"\]\((?={_UNSAFE.pattern})", re.IGNORECASE)
_MARKS = frozenset("[]*~$\\")
#: In a label that is somebody else's words: what would end it, or begin something of its own.
_PLAIN = str.maketrans("[]\\`<>", "［］＼｀＜＞")
#: What an address cannot hold between round brackets.
_PERCENT = str.maketrans({mark: f"%{ord(mark):02X}" for mark in "()<>\\"})
#: Taking one link away may make another whole; so often that is looked for.
_ROUNDS = 3


def link_to(label: str, url: str) -> str:
    """A link that stays one whatever its label and its address are."""
    return f"[{' '.join(label.translate(_PLAIN).split())}]({_escaped(url)})"


def plain_targets(line: str) -> str:
    """`[a](<b c>)` without its angle brackets."""
    return _ANGLES.sub(lambda match: f"]({_escaped(match[1])})", line) if "](" in line else line


def plain_links(line: str, shelter: Shelter) -> str:
    """Links without titles and with blanks escaped; one that leads to no safe place is only its label."""
    for _ in range(_ROUNDS):
        if "](" not in line:
            break
        line = LINK.sub(partial(_plain, shelter=shelter), line)
    return _TO_UNSAFE.sub("] (", line)


def target(written: str) -> str:
    """The URL in what stands between the round brackets."""
    written = written.strip()
    if written.endswith(('"', "'")):
        written = written.partition(f" {written[-1]}")[0]
    return "%20".join(written.split())


def _plain(match: re.Match[str], shelter: Shelter) -> str:
    picture, label = match[1], match[2]
    if "](" in label:
        label = LINK.sub(partial(_plain, shelter=shelter), label)
    url = target(match[3])
    if not url or _UNSAFE.match(url):
        return label
    if not label.strip() and not picture:
        if set(url) & _MARKS:
            return match[0]
        label = url
    return f"{picture}[{label}]({shelter.keep(url)})"


def _escaped(url: str) -> str:
    return "%20".join(url.split()).translate(_PERCENT)
