"""Acts of the command line reach the log with the next round of housekeeping, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.observability.events import Act
from rag_on_dingtalk.storage.journal.audit import Audit
from rag_on_dingtalk.worker.operating.command_line_acts import CommandLineActs
from tests.builders import a_bot
from tests.in_process import MemoryRows

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.log_lines import Level

#: 23:50 in China.
LATE = 1_795_967_400_000
MINUTE = 60_000


class Rounds:
    """The task over a dictionary, and what it prints."""

    def __init__(self) -> None:
        self.rows = MemoryRows()
        over: Any = self.rows
        self.audit = Audit(over)
        self.printed: list[tuple[str, str | int, str | int]] = []
        self.levels: list[str] = []
        self._task = CommandLineActs(self.audit, self._log)
        self._ids = 0

    def _log(self, message: str, *, level: Level = "INFO", **fields: str | int) -> None:
        assert message == ("sensitive_act" if level == "WARNING" else "act")
        assert {"id", "hash", "before"}.isdisjoint(fields)
        self.printed.append((str(fields["act"]), fields["bot"], fields["who"]))
        self.levels.append(level)

    async def do(self, act: str, at_ms: int, bot: str = "handbook", source: str = "command line") -> None:
        self._ids += 1
        done = Act(act=act, bot=bot, who=f"key{self._ids}", at_ms=at_ms, source=source)
        await self.audit.append(done, id_=f"{self._ids}")

    async def round(self, at_ms: int, *bots: str) -> None:
        for bot in bots or ("handbook",):
            await self._task(bot, a_bot(), at_ms)


async def test_what_the_command_line_did_is_printed_once_and_what_functions_did_is_not() -> None:
    rounds = Rounds()
    await rounds.do("data.exported", LATE)
    await rounds.do("grant.given", LATE, source="chat")
    await rounds.do("tables.created", LATE, bot="-")

    await rounds.round(LATE + MINUTE, "handbook", "team")
    await rounds.round(LATE + 2 * MINUTE, "handbook", "team")

    assert rounds.printed == [("data.exported", "handbook", "key1"), ("tables.created", "-", "key3")]
    assert rounds.levels == ["WARNING", "INFO"]


async def test_acts_on_both_sides_of_midnight_are_printed() -> None:
    rounds = Rounds()
    await rounds.do("audit.read", LATE)
    await rounds.round(LATE + MINUTE)
    await rounds.do("question.read", LATE + 9 * MINUTE)
    await rounds.do("data.exported", LATE + 12 * MINUTE)
    await rounds.round(LATE + 13 * MINUTE)

    assert [act for act, _, _ in rounds.printed] == ["audit.read", "question.read", "data.exported"]


async def test_a_round_without_anything_new_writes_nothing() -> None:
    rounds = Rounds()
    await rounds.do("audit.read", LATE)
    await rounds.round(LATE + MINUTE)
    rounds.rows.calls.clear()
    await rounds.round(LATE + 2 * MINUTE)

    assert not [call for call in rounds.rows.calls if call.startswith(("put", "update"))]


async def test_a_round_that_cannot_note_how_far_it_came_prints_again() -> None:
    rounds = Rounds()
    await rounds.do("audit.read", LATE)
    real = rounds.audit.remember

    async def lost(*_: object) -> None:
        raise StateError("unreachable", "the answer was lost", ambiguous=True)

    rounds.audit.remember = lost  # type: ignore[method-assign, assignment]
    with pytest.raises(StateError):
        await rounds.round(LATE + MINUTE)
    rounds.audit.remember = real  # type: ignore[method-assign]
    await rounds.round(LATE + 2 * MINUTE)

    assert [act for act, _, _ in rounds.printed] == ["audit.read", "audit.read"]


async def test_the_chain_is_whole_with_the_note_beside_it() -> None:
    rounds = Rounds()
    await rounds.do("audit.read", LATE)
    await rounds.round(LATE + MINUTE)
    await rounds.do("audit.read", LATE + MINUTE)

    assert await rounds.audit.verify("handbook", "2026-11-01", "2026-12-31") == (2, [])
