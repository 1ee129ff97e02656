"""Which questions may share an answer, and under which key. Pure.

Exact: the normalised words and everything else that an answer depends on. Likeness is no ground: 2025 and
2026, 可以 and 不可以, 上海 and 北京 are as like as two sentences get, see docs/decisions/027-exact-cache.md.

>>> plain_words("Ｖｐｎ  怎么连？") == plain_words("vpn 怎么连?")
True
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.clock import beijing_day

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag_on_dingtalk.models.question import Question

#: Longer questions are seldom asked twice.
_LONGEST = 300
_BLANKS = re.compile(r"\s+")
#: They end a question and change nothing about it.
_AT_THE_END = " ?。"
#: Who asks about themselves gets an answer of their own, whatever the backend knows about them.
_OWN = re.compile(
    r"[我俺咱]|本人|自己|(?<![a-z])(?:i|i'm|i've|i'd|i'll|me|my|mine|myself|we|us|our|ours|ourselves)(?![a-z])"
)
#: Digits in another shape, such as ² and ½, which normalising makes plain ones: 10² is not 102.
_OTHER_NUMBERS = frozenset(("No", "Nl"))


def may_share(question: Question) -> bool:
    """Whether the question says all that its answer depends on, by its words alone.

    A follow-up is told by the conversation's history, which is for the caller to look at.
    """
    return (
        not question.attachments
        and question.reply_to is None
        and not question.mentions
        and not question.repeats
        and 0 < len(question.text) <= _LONGEST
        and not any(_is_reshaped(one) for one in question.text)
        and bool(words := plain_words(question.text))
        and not _OWN.search(words)
    )


def _is_reshaped(character: str) -> bool:
    number = unicodedata.category(character) in _OTHER_NUMBERS
    return number and unicodedata.normalize("NFKC", character) != character


def plain_words(text: str) -> str:
    """The words as they are compared: width, case and unseen characters make no difference."""
    from rag_on_dingtalk.safety.text.normaliser import normalise  # most bots do without

    return _BLANKS.sub(" ", normalise(text, joined=False).text).strip().rstrip(_AT_THE_END)


def cache_key(question: Question, *, route: str, permitted: Iterable[str], arm: str, version: str) -> str:
    """The key of the question's answer.

    route: by which it is answered; permitted: every route that the asker may use at this moment.
    arm: of the experiment the asker is in. version: of the bot's settings, its knowledge epoch among them.
    """
    parts = (
        question.bot,
        route,
        sorted(permitted),
        arm,
        version,
        # 今天 is another day tomorrow.
        beijing_day(question.asked_ms).isoformat(),
        plain_words(question.text),
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
