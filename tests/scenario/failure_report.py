"""What a failed test shows beside its assertion: the functions' last log lines and the rows of its turns."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from devserver.system import LocalSystem
from rag_on_dingtalk.storage.turns.lease import NEVER_MS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_LOG_LINES = 30
_TURNS = 5
_OPEN = 10
#: Of a column's value; a whole answer would hide the rest.
_CHARACTERS = 200


def systems_in(values: Iterable[Any]) -> list[LocalSystem]:
    """The local systems among fixtures and local variables, and those that chats among them belong to."""
    found: dict[int, LocalSystem] = {}
    for value in values:
        system = value if isinstance(value, LocalSystem) else getattr(value, "system", None)
        if isinstance(system, LocalSystem):
            found.setdefault(id(system), system)
    return list(found.values())


def conversations_in(values: Iterable[Any]) -> set[str]:
    """The ids of the conversations that chats among the values talk in."""
    talks = (getattr(value, "conversation", None) for value in values)
    return {talk.id for talk in talks if talk is not None and isinstance(getattr(talk, "id", None), str)}


def log_lines(system: LocalSystem) -> str:
    """The last lines that the functions printed, the oldest first."""
    kept = system.log
    newest = islice(kept, max(0, len(kept) - _LOG_LINES), None)
    return "\n".join(f"{entry.function} {entry.instance}: {entry.line}" for entry in newest)


def what_is_open(system: LocalSystem) -> str:
    """The cards that are not closed, with their calls and log lines; the invocations that have not ended."""
    side = system.dingtalk
    cards = [
        f"card {card.out_track_id}: {card.state.name}, {len(card.frames)} frames, {len(card.text)} characters"
        + _story(system, card.out_track_id)
        for conversation in side.conversations
        for card in side.cards(conversation)
        if not card.closed
    ]
    tasks = [
        f"{task.function} {task.task_id}: {task.status}, attempts: {task.attempts}, {task.instance_id}"
        for task in system.functions.tasks()
        if not task.finished
    ]
    return "\n".join([*cards[:_OPEN], *tasks[:_OPEN]]) or "nothing"


def _story(system: LocalSystem, turn_id: str) -> str:
    calls = [
        f"{call.at:.3f} {call.api} by {call.caller}: {call.status} {call.code} after {call.took:.1f} s"
        for call in system.dingtalk.ledger.calls
        if call.out_track_id == turn_id
    ]
    lines = [f"{one.function} {one.instance}: {one.line}" for one in system.log if turn_id in one.line]
    return "".join(f"\n  {line}" for line in (*calls, *lines[-_LOG_LINES:]))


def turn_rows(system: LocalSystem, conversations: Collection[str]) -> str:
    """Rows of `turns`, of these conversations if there are any, without empty columns.

    Unfinished ones first, then the newest.
    """
    rows = system.tablestore.rows("turns", 10_000)
    own = [row for row in rows if row.get("conversation") in conversations] or rows
    # What is not finished is what a test waits for.
    newest = sorted(
        own,
        key=lambda row: (int(row.get("lease_until", 0)) != NEVER_MS, int(row.get("asked_ms", 0))),
        reverse=True,
    )[:_TURNS]
    return "\n\n".join("\n".join(_columns(row)) for row in newest)


def _columns(row: dict[str, Any]) -> list[str]:
    shown = {name: str(value) for name, value in row.items() if value not in ("", "[]", 0, False)}
    return [
        f"{name}: {value[:_CHARACTERS]}{'…' if len(value) > _CHARACTERS else ''}"
        for name, value in shown.items()
    ]
