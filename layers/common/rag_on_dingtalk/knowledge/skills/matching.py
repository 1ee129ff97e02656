"""Which skill a message starts. Pure."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.knowledge.skills.patterns import safe_pattern
from rag_on_dingtalk.knowledge.skills.skill import Skill
from rag_on_dingtalk.knowledge.skills.wording import MOST_READ, key_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Message(msgspec.Struct, frozen=True):
    """A message as triggers see it.

    first: its first word, folded: where a command would stand. key: see `wording.key_of`.
    """

    first: str
    words: str
    key: str

    @classmethod
    def of(cls, text: str) -> Message:
        """The message with these words."""
        words = words_of(text)
        first = words.split(maxsplit=1)[0] if words.strip() else ""
        return cls(first, words, key_of(text))


class Ready(msgspec.Struct, frozen=True):
    """A skill with its triggers as they are compared."""

    skill: Skill
    command: str
    questions: frozenset[str]
    any: tuple[str, ...]
    all: tuple[str, ...]
    pattern: re.Pattern[str] | None

    def strength(self, message: Message) -> tuple[int, int] | None:
        """How surely the message starts the skill, more than another; None: it does not."""
        if self.command and message.first == self.command:
            return 4, 0
        if message.key in self.questions:
            return 3, len(message.key)
        if self.pattern is not None and self.pattern.search(message.words[:MOST_READ]):
            return 2, 0
        if not (self.any or self.all) or not all(word in message.words for word in self.all):
            return None
        found = [word for word in self.any if word in message.words]
        if self.any and not found:
            return None
        return 1, sum(map(len, self.all)) + max(map(len, found), default=0)


def ready(skill: Skill) -> Ready:
    """The skill, ready to be compared; it was checked."""
    triggers = skill.triggers
    return Ready(
        skill,
        words_of(triggers.command).strip(),
        frozenset(key_of(question) for question in triggers.questions),
        tuple(words_of(word).strip() for word in triggers.any),
        tuple(words_of(word).strip() for word in triggers.all),
        _pattern(triggers.pattern) if triggers.pattern else None,
    )


def started_by(message: Message, skills: Iterable[Ready]) -> list[Skill]:
    """The skills that the message starts, the surest first; of the equally sure the first one given."""
    found = [(strength, one.skill) for one in skills if (strength := one.strength(message)) is not None]
    found.sort(key=lambda one: one[0], reverse=True)
    return [skill for _, skill in found]


def version_for(versions: Sequence[Skill], *, bot: str, person: str) -> Skill:
    """Which of two living versions a person gets: always the same one, by the newer one's `percent`.

    versions: of one id, at least one.
    """
    oldest, *newer = sorted(versions, key=lambda one: one.version)
    for one in newer:
        drawn = hashlib.sha256(f"{bot}\n{one.id}\n{person}".encode("utf-8", "surrogatepass")).digest()
        if int.from_bytes(drawn[:8], "big") % 100 < (one.percent or 0):
            return one
    return oldest


@lru_cache(maxsize=500)
def _pattern(written: str) -> re.Pattern[str]:
    return safe_pattern(written, where="the pattern")
