"""Gaps of the documents as people deal with them: shown, filled, passed on, ignored. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.knowledge.skills.wording import key_of
from rag_on_dingtalk.observability.report.gaps import MOST_WORDINGS, alike, gaps, grams, normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rag_on_dingtalk.observability.events import QuestionEvent
    from rag_on_dingtalk.storage.rows.client import Columns

State = Literal["open", "filled", "ignored"]

#: Of one gap: wordings that its answer is found by, and questions whose askers may be told.
_MOST_WORDINGS, _MOST_TURNS = 20, 50
_LONGEST = 100
_DIGITS = 12


class KnownGap(msgspec.Struct, frozen=True, kw_only=True):
    """One gap, and what has become of it.

    id: follows from the question. question: the most usual wording; wordings: all of them, each once.
    route: by which most of them were asked; empty: the bot has one only.
    turns: the questions, the newest first. shown_ms: when the operators' group got its card; card: its id.
    by: who filled or ignored it.
    """

    id: str
    question: str
    wordings: tuple[str, ...]
    route: str
    people: int
    times: int
    last_ms: int
    turns: tuple[str, ...]
    state: State = "open"
    shown_ms: int = 0
    card: str = ""
    by: str = ""


def open_gaps(
    events: Sequence[QuestionEvent],
    known: Mapping[str, KnownGap],
    now_ms: int,
    *,
    home: Callable[[str], str] = str,
    most: int = MOST_WORDINGS,
) -> list[KnownGap]:
    """The gaps that wait for someone to do something, the heaviest first.

    known: by id; what is like an ignored one is ignored, and like a filled one filled.
    home: the route that a canary stands in for, by the route's name.
    most: wordings that are compared; the newest are.
    """
    by_turn = {event.turn_id: event for event in events}
    closed = [grams(gap.question) for gap in known.values() if gap.state != "open"]
    found: list[KnownGap] = []
    for gap in gaps(events, now_ms, most=most):
        mine = grams(gap.question)
        if any(alike(mine, other) for other in closed):
            continue
        asked = [by_turn[turn] for turn in gap.turns]
        route = Counter(home(one.route) for one in asked).most_common(1)[0][0]
        # An answer is for one route: the others' askers may have no right to it.
        asked = [one for one in asked if home(one.route) == route]
        if not (wordings := _wordings(one.question for one in asked)):
            # Without a letter or digit no answer could be found by it.
            continue
        now = KnownGap(
            id=gap_id(gap.question),
            question=gap.question,
            wordings=wordings,
            route=route,
            people=gap.people,
            times=gap.times,
            last_ms=gap.last_ms,
            turns=tuple(one.turn_id for one in asked)[:_MOST_TURNS],
        )
        before = known.get(now.id)
        if before is not None:
            now = msgspec.structs.replace(now, shown_ms=before.shown_ms, card=before.card)
        found.append(now)
    return found


def gap_id(question: str) -> str:
    """The same for wordings that differ in courtesies only."""
    return hashlib.sha256(normalised(question).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def gap_columns(gap: KnownGap) -> Columns:
    """As it is stored."""
    return {"content": msgspec.json.encode(gap).decode()}


def read_gap(columns: Columns) -> KnownGap | None:
    """A stored gap; None for one of another edition."""
    try:
        return msgspec.json.decode(str(columns["content"]), type=KnownGap)
    except (msgspec.DecodeError, KeyError):
        return None


def _wordings(questions: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for question in questions:
        plain = " ".join(question.split())[:_LONGEST]
        if key := key_of(plain):
            found.setdefault(key, plain)
    return tuple(found.values())[:_MOST_WORDINGS]
