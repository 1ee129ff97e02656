"""Marks of sources inside an answer's text, and an answer that is said twice because of them. Pure."""

from __future__ import annotations

import re

from rag_on_dingtalk.backends.text.fragments import mark

#: Behind `ID` or `ref`: numbers, what separates them, and `ID` once more.
_NUMBERS = r"[\d\s,，、;；:：IiDd&-]*"
_BRACKETS = (r"\[", r"\]"), (r"\(", r"\)"), ("【", "】"), ("（", "）"), ("［", "］")

#: RAGFlow's: `[ID:0]` in the forms that its own source repairs, with any bracket and several numbers, and the
#: older `##0$$`. A number must follow the name, so that a text about an `[ID]` stays.
RAGFLOW_MARKS = mark(
    *(
        rf" ?{opened}\s*{name}\s*[:：]?\s*\d{_NUMBERS}{closed}"
        for opened, closed in _BRACKETS
        for name in ("[Ii][Dd]", "[Rr][Ee][Ff]")
    ),
    r" ?##\d+\$\$",
    r" ?##\s*\d+\s*\$\$",
)

#: FastGPT's, where its version does not filter them for streams: the id of a quotation, linked to a word.
FASTGPT_MARKS = mark(r" ?\[[0-9a-fA-F,\s]+\]\(CITE\)", r" ?\[[0-9a-fA-F,\s]+\]\(QUOTE\)")

#: Bailian's numbers of its sources.
BAILIAN_MARKS = mark(r" ?<ref>[\[\d,，\s\x5d]*</ref>")

_BLANKS = re.compile(r"\s+")
_THOUGHT = re.compile(r"\A.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def repeats(said: str, again: str) -> bool:
    """Whether `again` says all of the answer once more, with marks of sources or without."""
    repeated = _bare(again)
    return bool(repeated) and repeated in (_bare(said), _bare(_THOUGHT.sub("", said)))


def _bare(text: str) -> str:
    for marks in (RAGFLOW_MARKS, FASTGPT_MARKS, BAILIAN_MARKS):
        text = marks.whole.sub("", text)
    return _BLANKS.sub("", text)
