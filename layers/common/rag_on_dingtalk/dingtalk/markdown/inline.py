"""One line of markdown in the form a dialect shows. Pure, and a line treated twice is as treated once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.markdown.links import plain_links, plain_targets
from rag_on_dingtalk.dingtalk.markdown.spans import Shelter
from rag_on_dingtalk.dingtalk.markdown.strong import spaced
from rag_on_dingtalk.dingtalk.markdown.tags import without_tags

if TYPE_CHECKING:
    from rag_on_dingtalk.dingtalk.markdown.dialects import Dialect

_ACTIVE = re.compile(r"[`<*\[\]$\\~]")
_STRUCK = re.compile(r"(?<!~)~~(?!~)((?:[^~\n]|~(?!~))+)(?<!~)~~(?!~)")
_MANY_TILDES = re.compile(r"~{3,}")
#: Not part of a formula: a line break, where two lines were joined, a font, the middle of a link.
_NOT = r"(?!<br>|</?font\b|\]\()"
_FORMULAS = re.compile(
    rf"\$\$(?P<display>(?:{_NOT}[^$\n\x01])+)\$\$"
    rf"|\\\((?P<round>(?:{_NOT}[^\\\n\x01]|\\(?![()]))+)\\\)"
    rf"|\\\[(?P<square>(?:{_NOT}[^\\\n\x01]|\\(?![\[\]]))+)\\\]"
    rf"|(?<![\\$\w])\$(?![\s$])(?P<dollar>(?:{_NOT}[^$\n\x01]){{1,300}})(?<!\s)\$(?![\w$])"
)
#: What tells a formula from two prices in one line.
_LOOKS_LIKE_ONE = re.compile(r"[\\^_={}]|^\s*[A-Za-z]\s*$")


def treated(line: str, dialect: Dialect) -> list[str]:
    """The lines that `line` is made of; more than one where it holds `<br>` or HTML blocks."""
    if not _ACTIVE.search(line):
        return [line]
    shelter = Shelter()
    text = _with_formulas_as_code(shelter.keep_code(line), shelter)
    text = without_tags(plain_targets(text), fonts=dialect.fonts)
    # A line that begins with three of them would open a block of code.
    text = _MANY_TILDES.sub(lambda match: "～" * len(match[0]), text)
    if not dialect.strikethrough:
        text = _STRUCK.sub(r"\1", text)
    text = _with_formulas_as_code(plain_links(text, shelter), shelter)
    pieces = [spaced(piece) for piece in text.split("\n")]
    if len(pieces) > 1 and not pieces[-1].strip():
        # "text<br>" at the end of a line is one break, the line's own end.
        pieces.pop()
    return [shelter.restore(piece) for piece in pieces]


def _with_formulas_as_code(text: str, shelter: Shelter) -> str:
    """DingTalk renders no LaTeX; as code its source is readable, and its _ and * are nobody's markup."""

    def _code(match: re.Match[str]) -> str:
        kind = str(match.lastgroup)
        source = match[kind].strip()
        if not source or (kind in ("square", "dollar") and not _LOOKS_LIKE_ONE.search(source)):
            return match[0]
        return shelter.keep(f"`{source}`")

    return _FORMULAS.sub(_code, text) if "$" in text or "\\" in text else text
