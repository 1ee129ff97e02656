"""Questions that the documents do not answer, grouped. Pure, and without a model.

A question counts as not answered when nothing was found, no source was named, the asker gave 👎 or passed it
on to an expert, or the same person asked much the same again within two minutes. Questions are alike when
their character 3-grams are; a group counts from three people on, so that no single person is recognised by
what they asked.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.observability.days import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rag_on_dingtalk.observability.events import QuestionEvent

LEAST_PEOPLE = 3
_AGAIN_MS = 120_000
#: Of the 3-grams of both, weighted: measured on made-up companies' questions in tests/unit/observability.
_ALIKE = 0.42
#: The same words in another order ("食堂周末", "周末食堂") share few pieces and most characters.
_SAME_CHARACTERS, _A_WORD_IN_COMMON = 0.7, 0.1
#: More wordings than these are not compared; the newest are.
MOST_WORDINGS = 3_000
_NOISE = re.compile(r"[\W_]+")
_FILLERS = re.compile(
    "请问|你好|您好|麻烦|帮我|一下|想问|想知道|我想|问一下|告诉我|是什么|怎么样|怎么|如何|找谁|谁来|哪个|哪里|在哪|去哪|何时|多久|什么时候|什么|多少|可以|能不能|吗|呢|啊|的|了|是|有"
)


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One group of alike questions that were not answered.

    question: the most usual wording. people, times: how many asked, and how often. last_ms: the latest.
    turns: the questions' ids, the newest first.
    """

    question: str
    people: int
    times: int
    last_ms: int
    turns: tuple[str, ...]

    def weight(self, now_ms: int) -> float:
        """People × times × recency: what was asked a week ago weighs half."""
        weeks = max(now_ms - self.last_ms, 0) / (7 * DAY_MS)
        return self.people * self.times * math.pow(0.5, weeks)


def gaps(events: Iterable[QuestionEvent], now_ms: int, *, most: int = MOST_WORDINGS) -> list[Gap]:
    """The gaps, the heaviest first.

    most: wordings that are compared, which takes time with their square; the newest are.
    """
    groups = _grouped(_unanswered(list(events)), most)
    found = [_gap(group) for group in groups if len({one.asker for one in group}) >= LEAST_PEOPLE]
    return sorted(found, key=lambda gap: (-gap.weight(now_ms), gap.question))


def _unanswered(events: Sequence[QuestionEvent]) -> list[QuestionEvent]:
    by_asker: dict[str, QuestionEvent] = {}
    found: dict[str, QuestionEvent] = {}
    for event in sorted(events, key=lambda one: (one.asked_ms, one.turn_id)):
        if not event.question or (event.outcome not in ("answered", "nothing_found") and not event.expert):
            continue
        before = by_asker.get(event.asker)
        again = before is not None and event.asked_ms - before.asked_ms <= _AGAIN_MS
        if again and before is not None and alike(grams(before.question), grams(event.question)):
            found[before.turn_id] = before
        # What a skill says has no sources, and needs none.
        sourceless = not event.citations and not event.skill
        if event.outcome == "nothing_found" or sourceless or event.feedback == "dislike" or event.expert:
            found[event.turn_id] = event
        by_asker[event.asker] = event
    return list(found.values())


def _grouped(events: Sequence[QuestionEvent], most: int) -> list[list[QuestionEvent]]:
    """Questions that are alike, directly or by way of others, in the order asked."""
    by_wording: dict[str, list[QuestionEvent]] = {}
    for event in sorted(events, key=lambda one: (-one.asked_ms, one.turn_id)):
        wording = normalised(event.question)
        if wording in by_wording or len(by_wording) < most:
            by_wording.setdefault(wording, []).append(event)
    wordings = list(by_wording.values())
    return [
        sorted((event for number in group for event in wordings[number]), key=lambda one: one.asked_ms)
        for group in _connected([grams(group[0].question) for group in wordings])
    ]


def _connected(pieces: Sequence[frozenset[str]]) -> Iterator[list[int]]:
    """The places of those that are alike, directly or by way of others; an index finds who shares a piece."""
    characters = [frozenset("".join(mine)) for mine in pieces]
    group_of = list(range(len(pieces)))
    members = [[number] for number in group_of]
    by_gram: dict[str, list[int]] = defaultdict(list)
    for number, mine in enumerate(pieces):
        shared = Counter(other for gram in mine for other in by_gram[gram])
        for other, together in shared.items():
            if group_of[other] == group_of[number]:
                continue
            # As `alike` has it; what both share is counted already.
            common = 2 * together / (len(mine) + len(pieces[other]))
            if common >= _ALIKE or (
                common >= _A_WORD_IN_COMMON
                and _likeness(characters[number], characters[other]) >= _SAME_CHARACTERS
            ):
                _join(members, group_of, group_of[other], group_of[number])
        for gram in mine:
            by_gram[gram].append(number)
    return (group for group in members if group)


def _join(members: list[list[int]], group_of: list[int], one: int, other: int) -> None:
    into, group = (one, other) if len(members[one]) >= len(members[other]) else (other, one)
    for number in members[group]:
        group_of[number] = into
    members[into] += members[group]
    members[group] = []


def normalised(question: str) -> str:
    """Without width, case, punctuation and the words that only ask.

    >>> normalised("请问，ＶＰＮ怎么申请呢？")
    'vpn申请'
    """
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", question).casefold())
    return _FILLERS.sub("", plain) or plain


def grams(question: str) -> frozenset[str]:
    """The pieces of 3 characters, and of 2, since Chinese words are short."""
    text = normalised(question)
    pieces = {text[at : at + size] for size in (2, 3) for at in range(len(text) - size + 1)}
    return frozenset(pieces or {text})


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two questions ask much the same: the same pieces, or the same words in another order."""
    common = _likeness(one, other)
    if common >= _ALIKE:
        return True
    characters = _likeness(frozenset("".join(one)), frozenset("".join(other)))
    return common >= _A_WORD_IN_COMMON and characters >= _SAME_CHARACTERS


def is_like(question: str, others: Iterable[str]) -> bool:
    """Whether it asks much the same as one of the others."""
    mine = grams(question)
    return any(alike(mine, grams(other)) for other in others)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's coefficient: 1 for the same, 0 for nothing in common."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _gap(group: Sequence[QuestionEvent]) -> Gap:
    wording, _ = Counter(one.question for one in group).most_common(1)[0]
    newest = sorted(group, key=lambda one: -one.asked_ms)
    return Gap(
        question=wording,
        people=len({one.asker for one in group}),
        times=len(group),
        last_ms=newest[0].asked_ms,
        turns=tuple(one.turn_id for one in newest),
    )
