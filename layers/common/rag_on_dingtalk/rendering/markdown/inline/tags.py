"""HTML in a line of markdown: turned into markdown, dropped, or made readable as text. Pure."""

from __future__ import annotations

import re
from typing import Literal

_TOKEN = re.compile(
    r"(?<!\*)\*\*(?!\*)"
    r"|<!--[^<>]*-->"
    r"|<(?P<url>https?://[^\s<>]+)>"
    r"|<(?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>[^<>]*)>"
    r"|<[^\s\d<>=-][^<>]*>"
)
#: Could begin a tag together with what comes after it.
_LESS = re.compile(r"<(?![\s\d=-])")
_VALUE = r"\"[^\"]*\"|'[^']*'|[^\s\"'=`]+"
_ATTRIBUTES = re.compile(
    rf"(?:\s+(?:[A-Za-z_:@][\w:.@-]*\s*=\s*(?:{_VALUE})|open|checked|disabled))*\s*/?\s*"
)
_ATTRIBUTE = re.compile(rf"\s([A-Za-z_:@][\w:.@-]*)\s*=\s*({_VALUE})")
#: The one form in which a card takes it: attributes without quotes.
_FONT = re.compile(r"<font(?: (?:sizeToken|colorTokenV2)=\w+)+>|</font>")

#: Search engines mark the words that were found with one of these.
_STRONG = frozenset({"b", "em", "mark", "strong"})
_AT_START = {
    "br": "\n", "hr": "\n***\n", "li": "\n- ", "p": "\n\n", "tr": "\n", "sup": "^", "td": " ", "th": " ",
    "h1": "\n# ", "h2": "\n## ", "h3": "\n### ", "h4": "\n#### ", "h5": "\n##### ", "h6": "\n###### ",
    **dict.fromkeys(("blockquote", "details", "div", "ol", "section", "summary", "table", "ul"), "\n"),
}  # fmt: skip
_AT_END = {
    "p": "\n\n",
    **dict.fromkeys(("blockquote", "details", "div", "h1", "h2", "h3", "h4", "h5", "h6", "summary"), "\n"),
}
_DROPPED = frozenset({
    "a", "abbr", "article", "aside", "body", "caption", "center", "cite", "code", "col", "colgroup", "dd",
    "del", "dl", "dt", "figcaption", "figure", "font", "footer", "head", "header", "html", "i", "img", "ins",
    "kbd", "label", "main", "nav", "pre", "q", "s", "samp", "small", "span", "strike", "sub", "tbody",
    "tfoot", "thead", "tt", "u", "var", "wbr",
})  # fmt: skip
_KNOWN = _STRONG | _AT_START.keys() | _DROPPED
_OPEN, _CLOSE = "\x03", "\x04"


def without_tags(line: str, *, fonts: bool) -> str:
    """The line with its tags as markdown; a newline in it is a line break.

    What looks like a tag and is none, such as `<your-id>` or `List<String>`, gets full-width brackets:
    whether a client drops unknown tags or shows them, these are read.

    fonts: keep `<font …>` as cards take it.
    """
    if "<" not in line:
        return line
    writer = _Writer(fonts=fonts)
    done = 0
    for match in _TOKEN.finditer(line):
        writer.text(line[done : match.start()])
        writer.token(match)
        done = match.end()
    writer.text(line[done:])
    return writer.finished()


class _Writer:
    """Writes one line; bold is never opened twice, however it is marked."""

    def __init__(self, *, fonts: bool) -> None:
        self._fonts = fonts
        self._out: list[str] = []
        self._bold: Literal["", "tag", "asterisks"] = ""
        self._links: list[str] = []
        #: Of each open <font>, whether it was kept.
        self._kept: list[bool] = []

    def text(self, text: str) -> None:
        """Text between the tags."""
        self._put(_LESS.sub("＜", text) if "<" in text else text)

    def _put(self, text: str) -> None:
        if text:
            # Bold that ends before an asterisk would end in three.
            self._out.append(f" {text}" if text[0] == "*" and self._last() == _CLOSE else text)

    def token(self, match: re.Match[str]) -> None:
        written = match[0]
        if written == "**":
            self._asterisks()
        elif match["url"]:
            url = match["url"]
            self._put(url if set(url) & set("[]()") else f"[{url}]({url})")
        elif match["name"]:
            self._tag(match)
        elif not written.startswith("<!--"):
            self._put(f"＜{written[1:-1]}＞")

    def finished(self) -> str:
        if self._bold == "tag":
            self._close()
        while self._links:
            self._end_link()
        self._end_fonts()
        return "".join(self._out).replace(_OPEN, "**").replace(_CLOSE, "**")

    def _tag(self, match: re.Match[str]) -> None:
        name, closing, attributes = match["name"].lower(), bool(match["slash"]), match["attributes"]
        if name not in _KNOWN or not _ATTRIBUTES.fullmatch(attributes):
            self._put(f"＜{match[0][1:-1]}＞")
        elif name in _STRONG:
            self._strong(closing=closing)
        elif name == "font":
            self._font(match[0], closing=closing)
        elif name == "a":
            self._link(attributes, closing=closing)
        elif name == "img" and not closing:
            found = _attributes(attributes)
            self._put(f"![{found.get('alt', '')}]({found.get('src', '')})")
        else:
            written = _AT_END.get(name, "") if closing else _AT_START.get(name, "")
            if "\n" in written:
                self._end_fonts()
            self._put(written)

    def _asterisks(self) -> None:
        if self._bold == "tag":
            return
        self._bold = "" if self._bold else "asterisks"
        self._put("**")

    def _strong(self, *, closing: bool) -> None:
        if closing:
            if self._bold == "tag":
                self._close()
        elif not self._bold:
            self._bold = "tag"
            if self._last() == _CLOSE:
                # Neighbouring words are often marked one by one.
                self._out.pop()
            else:
                self._out += [" ", _OPEN] if self._last().endswith("*") else [_OPEN]

    def _close(self) -> None:
        self._bold = ""
        if self._last() == _OPEN:
            self._out.pop()
        else:
            self._out.append(_CLOSE)

    def _font(self, tag: str, *, closing: bool) -> None:
        if not closing:
            self._kept.append(self._fonts and bool(_FONT.fullmatch(tag)))
            if self._kept[-1]:
                self._put(tag)
        elif self._kept and self._kept.pop():
            self._put("</font>")

    def _end_fonts(self) -> None:
        """Close them before the line ends, which may be shown without the next one."""
        self._put("</font>" * sum(self._kept))
        self._kept.clear()

    def _link(self, attributes: str, *, closing: bool) -> None:
        if closing:
            if self._links:
                self._end_link()
        elif href := _attributes(attributes).get("href"):
            self._links.append(href)
            self._put("[")

    def _end_link(self) -> None:
        self._put(f"]({self._links.pop()})")

    def _last(self) -> str:
        return self._out[-1] if self._out else ""


def _attributes(attributes: str) -> dict[str, str]:
    return {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(attributes)}
