"""Links and pictures in a line of markdown: written plainly, only where they lead somewhere safe. Pure."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from rag_on_dingtalk.rendering.markdown.inline.targets import is_safe

if TYPE_CHECKING:
    from rag_on_dingtalk.rendering.markdown.inline.spans import Shelter

# Runs of plain characters are one step each: one step a character is remembered for a way back, which for a
# picture of megabytes that stands in its own address is hundreds of them.
_LABEL = r"[^\[\]\\<>\n]*(?:(?:\\.|\[[^\[\]\\\n]*(?:\\.[^\[\]\\\n]*)*\])[^\[\]\\<>\n]*)*"
_TARGET = r"[^()\\<>\n\x01]*(?:(?:\\.|\([^()\\\n\x01]*(?:\\.[^()\\\n\x01]*)*\))[^()\\<>\n\x01]*)*"
LINK = re.compile(rf"(!?)(?<!\\)\[({_LABEL})\]\(({_TARGET})\)")
_ANGLES = re.compile(r"\]\(\s*<(?!br\b|/?font\b)([^<>\n\x01]*)>\s*\)", re.IGNORECASE)
_IN_CODE = re.compile(r"\]\(([ \t]*<?[ \t]*)([^\s()<>`]*)")
#: Clients make links of these wherever they stand.
_BARE = re.compile(r"(?<![\w.+-])(dtmd|dingtalk):(?=(//[!-~]{0,300}))", re.IGNORECASE)
_MARKS = frozenset("[]*~$\\")
#: In a label whose words are not ours: what would end it, or begin something of its own.
_PLAIN = str.maketrans("[]\\`<>", "［］＼｀＜＞")
#: What an address cannot hold between round brackets.
_PERCENT = str.maketrans({mark: f"%{ord(mark):02X}" for mark in "()<>\\"})
_ESCAPE = re.compile(r"\\(.)")
#: Taking one link away may make another whole; so often that is looked for.
_ROUNDS = 3


def link_to(label: str, url: str) -> str:
    """A link that stays one whatever its label and its address are."""
    return f"[{' '.join(label.translate(_PLAIN).split())}]({_escaped(url)})"


def plain_targets(line: str) -> str:
    """`[a](<b c>)` without its angle brackets."""
    return _ANGLES.sub(lambda match: f"]({_escaped(match[1])})", line) if "](" in line else line


def plain_links(line: str, shelter: Shelter) -> str:
    """Links without titles and with blanks escaped; one that leads to no safe place is only its label.

    What is no link here may be one to a client that reads brackets, line breaks or escapes in another way: it
    gets a blank between its brackets.
    """
    if "](" in line:
        judged: set[str] = set()
        for _ in range(_ROUNDS):
            line = LINK.sub(partial(_plain, shelter=shelter, judged=judged), line)
            if "](" not in line:
                break
        first, *others = line.split("](")
        line = first + "".join(f"{_middle(other, judged)}{other}" for other in others)
    return _BARE.sub(_bare, line) if "://" in line else line


def harmless_code(code: str) -> str:
    """Code in which also a client that knows no code finds no link to an unsafe place."""
    if "](" not in code:
        return code

    def _harmless(match: re.Match[str]) -> str:
        # The mere beginning of a picture's address is talked about.
        harmless = match[2].lower() == "data:" or (match[2] and is_safe(match[2]))
        return match[0] if harmless else f"] ({match[1]}{match[2]}"

    return _IN_CODE.sub(_harmless, code)


def target(written: str) -> str:
    """The URL in what stands between the round brackets."""
    written = written.strip()
    if written.endswith(('"', "'")):
        written = written.partition(f" {written[-1]}")[0]
    url = "%20".join(written.split())
    # A client that knows no escapes would end the address at an escaped bracket.
    return _ESCAPE.sub(_bracket, url) if "\\" in url else url


def _bracket(escape: re.Match[str]) -> str:
    return _PERCENT[ord(escape[1])] if escape[1] in "()" else escape[0]


def _plain(match: re.Match[str], shelter: Shelter, judged: set[str]) -> str:
    picture, label = match[1], match[2]
    if "](" in label:
        label = LINK.sub(partial(_plain, shelter=shelter, judged=judged), label)
    url = target(match[3])
    if not url or not is_safe(url, picture=bool(picture)):
        return label
    if not label.strip() and not picture:
        label = "" if set(url) & _MARKS else url
    place = shelter.keep(url.translate(_PERCENT) if "](" in url else url)
    judged.add(place)
    return f"{picture}[{label}]({place})"


def _middle(behind: str, judged: set[str]) -> str:
    place, closing, _ = behind.partition(")")
    return "](" if closing and place in judged else "] ("


def _bare(match: re.Match[str]) -> str:
    safe = match[1].lower() == "dingtalk" and is_safe(match[0] + match[2])
    return match[0] if safe else f"{match[1]}："


def _escaped(url: str) -> str:
    return "%20".join(url.split()).translate(_PERCENT)
