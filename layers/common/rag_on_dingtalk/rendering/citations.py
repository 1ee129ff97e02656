"""The list of sources under an answer. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.models.answer import Citation
    from rag_on_dingtalk.texts import Texts

#: Sources in the list; further ones are named in one line.
LISTED = 3
_LONGEST_TITLE = 120
_REFERENCE = re.compile(r"\[(?:citation:\s*)?(\d{1,2})\](?!\()")


def list_sources(citations: Sequence[Citation], answer: str, texts: Texts, *, link: str = "") -> str:
    """A rule and a numbered list; the numbers are the backend's own where the answer refers to them.

    link: where originals can be read that come without an address; `{title}` stands for their name.
    """
    numbered = _used(citations, answer)
    lines = [f"**{texts.say('sources')}**", ""]
    lines += [f"{number}. {_entry(citation, texts, link)}" for number, citation in numbered[:LISTED]]
    if more := numbered[LISTED:]:
        names = texts.say("and").join(_plain(citation.title) for _, citation in more)
        lines += ["", texts.say("more_sources", count=str(len(more)), names=names)]
    return "---\n\n" + "\n".join(lines)


def _used(citations: Sequence[Citation], answer: str) -> list[tuple[int, Citation]]:
    """Those the answer refers to by number; all of them when it refers to none."""
    numbered = list(enumerate(citations, start=1))
    referred = {int(number) for number in _REFERENCE.findall(answer)}
    used = [(number, citation) for number, citation in numbered if number in referred]
    return used or numbered


def _entry(citation: Citation, texts: Texts, link: str) -> str:
    title = _plain(citation.title)
    url = citation.url or link.replace("{title}", quote(citation.title, safe=""))
    place = f" · {_plain(citation.place)}" if citation.place else ""
    if not url:
        return f"{title}{place}"
    # What the backend names is the document itself; a pattern leads to where it can be read in full.
    return f"[{title}]({url}){place}" if citation.url else f"{title}{place} [{texts.say('read')}]({url})"


def _plain(text: str) -> str:
    return text.replace("[", "［").replace("]", "］").replace("\n", " ")[:_LONGEST_TITLE]
