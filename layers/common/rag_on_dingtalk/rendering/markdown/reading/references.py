"""Reference links, `[words][name]` with `[name]: address` elsewhere: made inline, the definitions dropped.

What is left of a definition would be read as one by some client, and what it leads to was never judged. Pure.

Source: CommonMark 0.31, "Link reference definitions".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.rendering.markdown.inline.targets import has_scheme, is_safe
from rag_on_dingtalk.rendering.markdown.reading.fences import opening_fence, take_apart
from rag_on_dingtalk.rendering.markdown.reading.inline_pictures import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rag_on_dingtalk.rendering.markdown.reading.fences import Fence

_NAME = r"[^\[\]\\\n]{0,200}(?:\\.[^\[\]\\\n]{0,200}){0,20}"
_TITLE = r"(?:[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?"
_MARKER = r"(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?"
_DEFINITION = re.compile(rf"{_MARKER}\[({_NAME})\]:[ \t]*(?:<([^<>]*)>|([^\s<]\S*)){_TITLE}[ \t]*$")
_USE = re.compile(rf"(!?)(?<!\\)\[({_NAME})\](?:\[({_NAME})\])?(?![(\[:])")
#: Where a definition goes on at the next line, or leads somewhere, though it stood in no line of its own.
_LEFT_OVER = re.compile(r"\]:(?=[ \t]*(?:<?([^\s<>]*)))")
#: More of them are no answer; each is looked for once.
_MOST = 500


def without_definitions(lines: list[str]) -> tuple[list[str], dict[str, str]]:
    """The lines without definitions, and where their names lead; only safe addresses are kept.

    A definition that nothing refers to, or that follows on text, is meant as a list of sources: it
    becomes a link where it stands.
    """
    if not any("]:" in line for line in lines):
        return lines, {}
    found = dict(_found(lines))
    if not found:
        return lines, {}
    targets = {name: url for name, url, _ in found.values() if is_safe(url)}
    used = _used(lines, found)
    kept: list[str] = []
    inside = False
    for index, line in enumerate(lines):
        if index not in found:
            kept.append(line)
            inside = bool(line.strip())
            continue
        name, url, written = found[index]
        if name in targets and (inside or name not in used):
            kept.append(f"{line[: line.index('[')]}[{written}]({url})")
    return kept, targets


def resolved(line: str, targets: Mapping[str, str]) -> str:
    """The line with inline links for its reference links."""
    if not targets or "[" not in line:
        return line

    def _inline(match: re.Match[str]) -> str:
        url = targets.get(_folded(match[3] or match[2]))
        return match[0] if url is None else f"{match[1]}[{match[2]}]({url})"

    return _USE.sub(_inline, line)


def without_left_overs(line: str) -> str:
    """The line with a full-width colon where a client could still read a definition of an unsafe address."""
    if "]:" not in line:
        return line

    def _harmless(match: re.Match[str]) -> str:
        target = match[1]
        return "]：" if not target or (has_scheme(target) and not is_safe(target)) else match[0]

    return _LEFT_OVER.sub(_harmless, line)


def _found(lines: list[str]) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Of every definition that leads to an address: its line; its folded name, its address, its name."""
    fence: Fence | None = None
    count = 0
    for index, line in enumerate(lines):
        if fence is not None and fence.left_by(line):
            fence = None
        if fence is not None:
            fence = None if fence.closed_by(line) else fence
            continue
        fence = opening_fence(line)
        if fence is None and "]:" in line and count < _MOST:
            match = _DEFINITION.match(take_apart(line).body)
            url = "" if match is None else match[2] if match[3] is None else match[3]
            if match is not None and (url.startswith(ADDRESS) or has_scheme(url)):
                count += 1
                yield index, (_folded(match[1]), "%20".join(url.split()), match[1])


def _used(lines: list[str], definitions: Mapping[int, object]) -> set[str]:
    return {
        _folded(match[3] or match[2])
        for index, line in enumerate(lines)
        if index not in definitions and "[" in line
        for match in _USE.finditer(line)
    }


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
