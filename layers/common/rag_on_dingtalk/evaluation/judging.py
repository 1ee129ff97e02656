"""An answer against what must hold. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.evaluation.asking import Answer
    from rag_on_dingtalk.evaluation.golden import GoldenQuestion

_BLANKS = re.compile(r"\s+")


def problems(question: GoldenQuestion, answer: Answer) -> Iterator[str]:
    """A sentence for each thing that does not hold; none: the question is passed.

    An answer that did not come, or broke off, passes nothing, whatever it holds.
    """
    if answer.failure:
        yield f"no whole answer: {answer.failure}"
        return
    said = plain(answer.text)
    if question.must_find_nothing and not answer.nothing_found:
        yield "it found something, and must not"
    if (
        answer.nothing_found
        and not question.must_find_nothing
        and (question.must_contain or question.must_cite)
    ):
        yield "it found nothing"
    for wanted in question.must_contain:
        options = (wanted,) if isinstance(wanted, str) else wanted
        if not any(plain(option) in said for option in options):
            yield f"without {' or '.join(repr(option) for option in options)}"
    for unwanted in question.must_not:
        if plain(unwanted) in said:
            yield f"with {unwanted!r}"
    for source in question.must_cite:
        if not any(plain(source) in plain(cited) for cited in answer.cited):
            named = ", ".join(answer.cited) or "no source"
            yield f"does not cite {source!r}, but {named}"


def plain(text: str) -> str:
    """Text as it is compared: width, case and blanks make no difference.

    >>> plain(" ＶＰＮ  一年 15 天")
    'vpn一年15天'
    """
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text).casefold())
