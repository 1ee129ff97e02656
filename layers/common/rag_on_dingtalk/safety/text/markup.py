"""Markup that a reader does not see: between two characters it hides that they stand together. Pure."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Of a tag or an address; a longer one is none.
_LONGEST = 400

_MARKUP = re.compile(
    rf"""
      (?P<entity> &(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,31}}); )
    | (?P<gone> <!--.{{0,{_LONGEST}}}?--> | </?[A-Za-z][A-Za-z0-9-]*(?:[\s/][^<>]{{0,{_LONGEST}}})?> )
    | (?P<open> !?\[ (?=[^\[\]]{{0,{_LONGEST}}}\][(\[]) )
    | (?P<close> \]\([^()\s]{{0,{_LONGEST}}}(?:\s+"[^"\n]{{0,{_LONGEST}}}")?\s*\) | \]\[[^\[\]\n]{{0,100}}\] )
    """,
    re.VERBOSE | re.DOTALL,
)
_UNFINISHED = re.compile(
    rf"""(?:
      <!--.{{0,{_LONGEST}}}
    | <[!/A-Za-z][^<>]{{0,{_LONGEST}}}
    | &[\#A-Za-z0-9]{{0,32}}
    | !?\[[^\[\]]{{0,{_LONGEST}}}(?:\](?:[(\[][^()\[\]\n]{{0,{_LONGEST}}})?)?
    | !
    )\Z""",
    re.VERBOSE | re.DOTALL,
)


def markup_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Where markup begins and ends, and what a reader sees in its place."""
    for found in _MARKUP.finditer(text):
        seen = html.unescape(found[0]) if found.lastgroup == "entity" else ""
        if found.lastgroup == "entity" and seen == found[0]:
            continue
        yield found.start(), found.end(), seen


def unfinished_from(text: str) -> int:
    """Where markup begins that may go on after the text; the text's length when there is none."""
    found = _UNFINISHED.search(text, max(len(text) - 2 * _LONGEST, 0))
    return found.start() if found else len(text)
