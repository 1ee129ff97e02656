"""`explain --turn` and `explain --log-line`: a decision that was made, beside what the rules say now."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from rag_on_dingtalk.cli.operating.trace import open_rows
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.models.question import is_turn_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.access.decision import Decision
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.turns.row import TurnRow


def replay(bots: Mapping[str, Bot], *, turn_id: str, line: str) -> int:
    """Print both; 1 when they differ.

    line: of the log, or `-` for the standard input; empty: what the turn's record says.

    Raises:
        ConfigurationError: the line or the id is none, or its question, bot or decision is not there.
        BotError: Tablestore could not be asked, or the record cannot be read.
    """
    from rag_on_dingtalk.access.replaying import again, decision_of, differences, read_line, replayed

    before: Decision | None = None
    if line:
        try:
            logged = read_line(sys.stdin.readline() if line == "-" else line)
        except ValueError as error:
            raise ConfigurationError(f"This is no line of a decision: {error}.") from error
        turn_id, before = logged.turn_id, logged.decision
    if not is_turn_id(turn_id):
        raise ConfigurationError(f"{turn_id!r} is no turn id: those are a t and 31 hex digits.")
    row = asyncio.run(_row(turn_id))
    decided, name = row.outcome.decided, row.question.bot
    if decided is None:
        raise ConfigurationError(
            f"No decision is recorded for {turn_id}: its bot had no rule to ask, or an earlier version "
            "answered it. Ask about the person with --user instead."
        )
    if name not in bots:
        raise ConfigurationError(f"bots.yaml has no bot {name!r} any more. There is: {', '.join(bots)}.")
    before = before or decision_of(decided)
    now = again(bots[name], row.question, decided)
    for told in replayed(before, now, at_ms=decided.at_ms):
        print(told)  # noqa: T201 - a command's output
    return 1 if differences(before, now) else 0


async def _row(turn_id: str) -> TurnRow:
    from rag_on_dingtalk.storage.turns.turns import Turns  # the SDK is heavy

    rows = open_rows()
    try:
        row = await Turns(rows).read(turn_id)
    finally:
        await rows.close()
    if row is None:
        raise ConfigurationError(f"`turns` has no {turn_id}. A question's record is kept for 30 days.")
    return row
