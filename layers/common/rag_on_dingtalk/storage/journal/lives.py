"""One question's life, gathered from the tables that hold a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import StateError, UnreadableRowError
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.observability.events import read_question
from rag_on_dingtalk.observability.life import Life, Opinion
from rag_on_dingtalk.storage.tables import FEEDBACK, QUESTIONS
from rag_on_dingtalk.storage.turns.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.observability.events import QuestionEvent
    from rag_on_dingtalk.storage.rows.client import Rows
    from rag_on_dingtalk.storage.turns.row import TurnRow


async def read_life(rows: Rows, turn_id: str) -> Life:
    """What is kept of a question.

    Raises:
        StateError: Tablestore could not be asked.
        UnreadableRowError: there is no such question, or not any more.
    """
    row = await Turns(rows).read(turn_id)
    if row is None:
        raise UnreadableRowError(
            f"`turns` has no {turn_id}. A question's record is kept for 30 days; look for the id in the log."
        )
    opinions = [
        Opinion(str(key[1]), bool(one["liked"]), int(one["given_ms"]), str(one["reason"]))
        async for key, one in rows.span(FEEDBACK, (turn_id,), (f"{turn_id}\0",))
    ]
    question = row.question
    event = await _event(rows, row)
    return Life(
        turn_id=turn_id,
        bot=question.bot,
        asked_ms=question.asked_ms,
        status=row.outcome.status.value,
        owner=row.lease.owner,
        attempt=row.lease.attempt,
        lease_until_ms=row.lease.until_ms,
        steps=tuple(_steps(row, event)),
        question=question.text,
        answer=row.outcome.answer,
        citations=row.outcome.citations,
        asker=question.sender.key,
        event=event,
        opinions=tuple(opinions),
    )


def _steps(row: TurnRow, event: QuestionEvent | None) -> Iterator[tuple[str, int]]:
    asked, times = row.question.asked_ms, row.outcome.timings
    yield "asked", asked
    if event is None:
        return
    # The record's times count from the invocation, whose beginning follows from what the event says.
    started = asked + event.waited_ms - max(times.claimed, 0)
    for name in ("claimed", "first_piece", "first_frame", "closed"):
        reached = getattr(times, name)
        if reached >= 0:
            yield name, started + reached
    if times.notified >= 0:
        yield "notified", asked + times.notified


async def _event(rows: Rows, row: TurnRow) -> QuestionEvent | None:
    question = row.question
    key = (f"{question.bot}/{day_of(question.asked_ms)}", question.asked_ms, question.turn_id)
    try:
        found = await rows.get(QUESTIONS, key)
    except StateError as error:
        if error.code != "OTSObjectNotExist":
            raise
        return None
    return None if found is None else read_question(key, found)
