"""A question's life as lines to read. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.observability.events import NOT_LOGGED, QuestionEvent

if TYPE_CHECKING:
    from collections.abc import Iterator


class Opinion(msgspec.Struct, frozen=True):
    """What one person thought of the answer; reason: in their words."""

    user: str
    liked: bool
    given_ms: int
    reason: str = ""


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables hold of one question.

    status, owner, attempt, lease_until_ms: of its row in `turns`; None for the times that row does not know.
    steps: what was reached, and when, milliseconds since the epoch.
    answer: its words; citations: its sources.
    asker: who asked, as the turn knows it.
    event: its row in `questions`; None: it is not counted (yet).
    """

    turn_id: str
    bot: str
    asked_ms: int
    status: str
    owner: str
    attempt: int
    lease_until_ms: int
    steps: tuple[tuple[str, int], ...]
    question: str
    answer: str
    citations: tuple[Citation, ...] = ()
    asker: str = ""
    event: QuestionEvent | None = None
    opinions: tuple[Opinion, ...] = ()


def life(found: Life, *, words: bool) -> list[str]:
    """The lines, in the order of time; words: the question and the answer, too."""
    return list(_lines(found, words=words))


def _lines(found: Life, *, words: bool) -> Iterator[str]:
    yield f"{found.turn_id}  bot {found.bot}, {found.status}, attempt {found.attempt}"
    if words:
        yield f"question  {found.question}"
    for name, at_ms in sorted(found.steps, key=lambda step: step[1]):
        yield f"{_time(at_ms)}  {at_ms - found.asked_ms:>8} ms  {name}"
    if not found.event:
        yield "No row in `questions`: not finished, finished by an older version, or the write failed."
    else:
        shown = msgspec.structs.asdict(found.event)
        hidden = NOT_LOGGED if not words else frozenset({"question"})
        fields = (f"{name}={value}" for name, value in shown.items() if value and name not in hidden)
        yield "event     " + " ".join(fields)
    for opinion in found.opinions:
        verdict = "👍" if opinion.liked else "👎"
        reason = f" {opinion.reason}" if words and opinion.reason else ""
        yield f"{_time(opinion.given_ms)}  {verdict}{reason}"
    if words:
        yield f"answer    {found.answer}"


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, BEIJING).isoformat(sep=" ", timespec="milliseconds")[:-6]
