"""Every text a person reads, in Chinese and English side by side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.texts.access import ACCESS_TEXTS
from rag_on_dingtalk.texts.conversation import CONVERSATION_TEXTS
from rag_on_dingtalk.texts.failures import FAILURE_TEXTS
from rag_on_dingtalk.texts.knowledge import KNOWLEDGE_TEXTS
from rag_on_dingtalk.texts.limits import LIMIT_TEXTS
from rag_on_dingtalk.texts.operators import OPERATOR_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["zh", "en"]

_TEXTS: dict[str, dict[Language, str]] = {
    **ACCESS_TEXTS,
    **KNOWLEDGE_TEXTS,
    **CONVERSATION_TEXTS,
    **LIMIT_TEXTS,
    **OPERATOR_TEXTS,
}


def placeholders(key: str) -> frozenset[str] | None:
    """What the sentence named `key` is given; None when there is no such sentence."""
    if key in _TEXTS:
        return frozenset(re.findall(r"{(\w+)}", _TEXTS[key]["zh"]))
    return frozenset() if key in set(FailureKind) else None


class Texts:
    """The sentences of one bot.

    overrides: sentences in other words, by name; failures are named as in `FailureKind`.
    """

    __slots__ = ("_overrides", "language")

    def __init__(self, language: Language, overrides: Mapping[str, str] | None = None) -> None:
        self.language: Language = language
        self._overrides = overrides or {}

    def say(self, key: str, **values: str) -> str:
        """The sentence named `key`; values fill its `{placeholders}`."""
        return (self._overrides.get(key) or _TEXTS[key][self.language]).format(**values)

    def failure(self, kind: FailureKind) -> str:
        """The sentence that tells a person why there is no answer."""
        return self._overrides.get(kind.value) or FAILURE_TEXTS[kind][self.language]
