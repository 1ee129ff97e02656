"""Whether a question is as a route wants it, and by which of its conditions. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.question_rules.shapes import asks_several, has_code, has_table
from rag_on_dingtalk.settings.checks.patterns import compiled, found

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from rag_on_dingtalk.access.matching import Facts
    from rag_on_dingtalk.settings.sections.access import QuestionWords

_SHAPES: dict[str, Callable[[Facts], bool]] = {
    "code": lambda facts: has_code(facts.text),
    "table": lambda facts: has_table(facts.text),
    "several_questions": lambda facts: asks_several(facts.text),
    "files": lambda facts: facts.files,
}


def looks_right(wanted: QuestionWords, facts: Facts, fold: Callable[[str], str]) -> bool:
    """All conditions that are given.

    fold: words as they are compared, as `facts.text` is.
    """
    if len(facts.text) <= wanted.longer_than or facts.depth < wanted.depth:
        return False
    for name, holds in _SHAPES.items():
        asked = getattr(wanted, name)
        if asked is not None and holds(facts) is not asked:
            return False
    if wanted.words and not any(fold(word) in facts.text for word in wanted.words):
        return False
    return not wanted.regex or any(found(_pattern(one), facts.text) for one in wanted.regex)


def reason_of(wanted: QuestionWords | None) -> str:
    """The name of the condition that says most about a question that is taken; empty without any.

    >>> from rag_on_dingtalk.settings.sections.access import QuestionWords
    >>> reason_of(QuestionWords(longer_than=20, words=("对比",)))
    'words'
    """
    if wanted is None:
        return ""
    named = ("words", "regex", "code", "table", "several_questions", "files", "depth", "longer_than")
    return next((name for name in named if getattr(wanted, name) not in ((), 0, None)), "")


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str]:
    return compiled(text)
