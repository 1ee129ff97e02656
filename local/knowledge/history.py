"""The turns of every session, in SQLite: in memory, or in a file that outlives a restart."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS chats (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace TEXT NOT NULL,
    session   TEXT,
    question  TEXT NOT NULL,
    response  TEXT NOT NULL,
    asked_at  REAL NOT NULL,
    include   INTEGER NOT NULL
)
"""


class HistoryFileError(ValueError):
    """Raised when the history's file cannot be opened or is not one."""


@dataclass(frozen=True)
class Turn:
    """A question and its answer.

    sources: as sent to the client.
    asked_at: seconds since the epoch.
    chat_id: given by the history; 0 before it is remembered.
    """

    question: str
    answer: str
    mode: str
    asked_at: float
    sources: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    chat_id: int = 0


class History:
    """Turns by workspace and session; session None is the one history shared by all who name no session."""

    def __init__(self, path: Path | None = None) -> None:
        try:
            self._database = sqlite3.connect(path or ":memory:", isolation_level=None)
            self._database.execute(_SCHEMA)
        except sqlite3.Error as error:
            raise HistoryFileError(
                f"The history {path} cannot be used: {error}. Name a new file in a folder that exists, "
                f"or leave it out to keep sessions in memory."
            ) from error

    def remember(self, workspace: str, session: str | None, turn: Turn, *, include: bool = True) -> int:
        """Store a turn and return its chat id.

        include: whether later turns may see it; refusals are stored but not seen.
        """
        response = {
            "text": turn.answer,
            "sources": turn.sources,
            "type": turn.mode,
            "metrics": turn.metrics,
        }
        row = self._database.execute(
            "INSERT INTO chats (workspace, session, question, response, asked_at, include)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                workspace,
                session,
                turn.question,
                json.dumps(response, ensure_ascii=False),
                turn.asked_at,
                include,
            ),
        )
        return row.lastrowid or 0

    def window(self, workspace: str, session: str | None, turns: int) -> list[Turn]:
        """The last turns that an answer may build on, oldest first."""
        rows = self._database.execute(
            "SELECT id, question, response, asked_at FROM chats"
            " WHERE workspace = ? AND session IS ? AND include ORDER BY id DESC LIMIT ?",
            (workspace, session, turns),
        ).fetchall()
        return [_turn(row) for row in reversed(rows)]

    def listed(
        self, workspace: str, session: str | None, *, limit: int, order: Literal["asc", "desc"]
    ) -> list[Turn]:
        """Stored turns, those before a reset and refusals among them."""
        rows = self._database.execute(
            "SELECT id, question, response, asked_at FROM chats WHERE workspace = ? AND session IS ?"
            " ORDER BY CASE ? WHEN 'asc' THEN id ELSE -id END LIMIT ?",
            (workspace, session, order, limit),
        )
        return [_turn(row) for row in rows]

    def reset(self, workspace: str, session: str | None) -> None:
        """Hide the turns so far from later ones; they stay listed."""
        self._database.execute(
            "UPDATE chats SET include = 0 WHERE workspace = ? AND session IS ?", (workspace, session)
        )

    def close(self) -> None:
        """Release the file."""
        self._database.close()


def _turn(row: tuple[int, str, str, float]) -> Turn:
    chat_id, question, response, asked_at = row
    stored = json.loads(response)
    return Turn(
        question=question,
        answer=stored["text"],
        mode=stored["type"],
        asked_at=asked_at,
        sources=stored["sources"],
        metrics=stored["metrics"],
        chat_id=chat_id,
    )
