"""What a person says for a step → its value. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from rag_on_dingtalk.knowledge.skills.patterns import safe_pattern
from rag_on_dingtalk.knowledge.skills.wording import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from rag_on_dingtalk.knowledge.skills.skill import Step

_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")


def value_of(step: Step, text: str, today: date) -> str | None:
    """The value as a variable; None: the text is none.

    today: in China.
    """
    said = " ".join(text.split())
    if not said or len(said) > step.longest:
        return None
    if step.kind == "choice":
        return _choice(step.choices, said)
    if step.kind == "number":
        return _number(step, said)
    if step.kind == "date":
        return _date(step, said, today)
    if step.pattern and not safe_pattern(step.pattern, where=step.name).fullmatch(said):
        return None
    return said


def value_within(step: Step, text: str, today: date) -> str | None:
    """The value that a longer message names already; only days and choices are told apart for certain."""
    if step.kind == "date":
        return _date(step, text, today)
    if step.kind == "choice":
        key = key_of(text)
        found = [choice for choice in step.choices if key_of(choice) in key]
        # 「会议室一」 stands in 「会议室一百」, too: the longest one was meant, if it holds all the others.
        longest = max(found, key=len, default=None)
        if longest is not None and all(key_of(one) in key_of(longest) for one in found):
            return longest
    return None


def _choice(choices: Sequence[str], said: str) -> str | None:
    key = key_of(said)
    for choice in choices:
        if key and key_of(choice) == key:
            return choice
    number = unicodedata.normalize("NFKC", said)
    if number.isascii() and number.isdecimal() and 1 <= int(number[:3]) <= len(choices):
        return choices[int(number) - 1]
    return None


def _number(step: Step, said: str) -> str | None:
    plain = unicodedata.normalize("NFKC", said)
    if not _NUMBER.fullmatch(plain):
        return None
    number = float(plain)
    if (step.least is not None and number < step.least) or (step.most is not None and number > step.most):
        return None
    return plain


def _date(step: Step, said: str, today: date) -> str | None:
    from rag_on_dingtalk.safety.dates.hints import day_in  # most bots do without

    day = day_in(said, today)
    if day is None:
        return None
    ahead = (day - today).days
    if (step.least is not None and ahead < step.least) or (step.most is not None and ahead > step.most):
        return None
    return day.isoformat()
