"""One line of markdown in the form a dialect shows. Pure, and a line treated twice is as treated once."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from rag_on_dingtalk.rendering.markdown.inline.breaks import without_backslash
from rag_on_dingtalk.rendering.markdown.inline.links import harmless_code, plain_links, plain_targets
from rag_on_dingtalk.rendering.markdown.inline.spans import Shelter
from rag_on_dingtalk.rendering.markdown.inline.strong import spaced
from rag_on_dingtalk.rendering.markdown.inline.tags import without_tags
from rag_on_dingtalk.rendering.markdown.reading.references import resolved, without_left_overs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.rendering.markdown.dialects import Dialect

_ACTIVE = re.compile(r"[`<*\[\]$\\~]|://")
_STRUCK = re.compile(r"(?<!~)~~(?!~)((?:[^~\n]|~(?!~))+)(?<!~)~~(?!~)")
#: One between two words or before a number; in an address it stays.
_TILDE = re.compile(r"https?://[!-~]+|(?<=[^\s~/\\])~(?=[^\s~])|(?<!~)~(?=\d)")
_MANY_TILDES = re.compile(r"~{3,}")
#: Not part of a formula: a line break, where two lines were joined, a font, the middle of a link.
_NOT = r"(?!<br>|</?font\b|\]\()"
_FORMULAS = re.compile(
    rf"\$\$(?P<display>(?:{_NOT}[^$\n\x01])+)\$\$"
    rf"|\\\((?P<round>(?:{_NOT}[^\\\n\x01]|\\(?![()]))+)\\\)"
    rf"|\\\[(?P<square>(?:{_NOT}[^\\\n\x01]|\\(?![\[\]]))+)\\\]"
    rf"|(?<![\\$\w])\$(?![\s$])(?P<dollar>(?:{_NOT}[^$\n\x01]){{1,300}})(?<!\s)\$(?![\w$])"
)
_TAG_START = re.compile(r"<[A-Za-z/!?]")
_ENTITIES = str.maketrans({"<": "&lt;", ">": "&gt;"})
#: What tells a formula from two prices in one line.
_LOOKS_LIKE_ONE = re.compile(r"[\\^_={}]|^\s*[A-Za-z]\s*$")


def treated(line: str, dialect: Dialect, references: Mapping[str, str]) -> list[str]:
    """The lines that `line` is made of; more than one where it holds `<br>` or HTML blocks.

    references: where the names of reference links lead.
    """
    if not _ACTIVE.search(line):
        return [line]
    shelter = Shelter()
    text = _with_formulas_as_code(
        shelter.keep_code(line, partial(code_shown, dialect=dialect)), shelter, dialect
    )
    text = without_tags(plain_targets(resolved(text, references)), fonts=dialect.fonts)
    # A line that begins with three of them would open a block of code.
    text = _MANY_TILDES.sub(lambda match: "～" * len(match[0]), text)
    if not dialect.strikethrough:
        text = _STRUCK.sub(r"\1", text)
    text = _with_formulas_as_code(plain_links(text, shelter), shelter, dialect)
    text = _without_single_tildes(without_left_overs(text))
    pieces = [spaced(piece) for piece in text.split("\n")]
    if len(pieces) > 1 and not pieces[-1].strip():
        # "text<br>" at the end of a line is one break, the line's own end.
        pieces.pop()
    return [shelter.restore(without_backslash(piece)) for piece in pieces]


def _without_single_tildes(line: str) -> str:
    """`3~5 天，10~15 天` with full-width tildes: between two of them clients strike the words out."""
    return _TILDE.sub(lambda match: "～" if match[0] == "~" else match[0], line) if "~" in line else line


def code_shown(code: str, dialect: Dialect) -> str:
    """Code in the form that the dialect shows; treated again it is the same."""
    code = harmless_code(code)
    return code if dialect.tags_in_code or not _TAG_START.search(code) else code.translate(_ENTITIES)


def _with_formulas_as_code(text: str, shelter: Shelter, dialect: Dialect) -> str:
    """DingTalk renders no LaTeX; as code its source is readable, and its _ and * are no markup."""

    def _code(match: re.Match[str]) -> str:
        kind = str(match.lastgroup)
        source = match[kind].strip()
        if not source or (kind in ("square", "dollar") and not _LOOKS_LIKE_ONE.search(source)):
            return match[0]
        return shelter.keep(code_shown(f"`{source}`", dialect))

    return _FORMULAS.sub(_code, text) if "$" in text or "\\" in text else text
