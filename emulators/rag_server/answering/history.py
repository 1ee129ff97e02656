"""Turns and conversations, in SQLite: in memory, or in a file that outlives a restart."""

from __future__ import annotations

import json
import sqlite3
import weakref
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from emulators.rag_server.retrieval.passages import Passage

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    scope      TEXT NOT NULL,
    session    TEXT,
    message_id TEXT NOT NULL,
    question   TEXT NOT NULL,
    response   TEXT NOT NULL,
    asked_at   REAL NOT NULL,
    include    INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS conversations (
    scope      TEXT NOT NULL,
    id         TEXT NOT NULL,
    owner      TEXT NOT NULL,
    name       TEXT NOT NULL,
    begun_at   REAL NOT NULL,
    PRIMARY KEY (scope, id)
);
"""
_TURN = "SELECT id, question, response, asked_at, message_id FROM turns"


class HistoryFileError(ValueError):
    """Raised when the history's file cannot be opened or is not one."""


@dataclass(frozen=True)
class Session:
    """Where a turn belongs.

    scope: a workspace, or an app.
    id: None for the one history shared by all who name no session.
    """

    scope: str
    id: str | None = None


@dataclass(frozen=True)
class Turn:
    """A question and its answer.

    passages: what the answer cites.
    asked_at: seconds since the epoch.
    message_id: what the product calls the answer, if it has a name for it.
    chat_id: given by the history; 0 before it is remembered.
    """

    question: str
    answer: str
    mode: str
    asked_at: float
    passages: tuple[Passage, ...] = ()
    metrics: dict[str, Any] = field(default_factory=dict)
    message_id: str = ""
    chat_id: int = 0


@dataclass(frozen=True)
class Conversation:
    """A session that was begun on request. owner: whose it is, or "" where no user is named.

    begun_at: seconds since the epoch.
    """

    id: str
    owner: str
    name: str
    begun_at: float


class History:
    """Turns by session, and the conversations that were begun."""

    def __init__(self, path: Path | None = None) -> None:
        try:
            where = path or ":memory:"
            self._database = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
            # As for the tables; the collector may run in another thread than the one that asked.
            weakref.finalize(self, self._database.close)
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise HistoryFileError(
                f"The history {path} cannot be used: {error}. Name a new file in a folder that exists, "
                f"or leave it out to keep sessions in memory."
            ) from error

    def remember(self, session: Session, turn: Turn, *, include: bool = True) -> int:
        """Store a turn and return its chat id.

        include: whether later turns may see it; refusals are stored but not seen.
        """
        response = {
            "text": turn.answer,
            "passages": [asdict(passage) for passage in turn.passages],
            "type": turn.mode,
            "metrics": turn.metrics,
        }
        row = self._database.execute(
            "INSERT INTO turns (scope, session, message_id, question, response, asked_at, include)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                session.scope,
                session.id,
                turn.message_id,
                turn.question,
                json.dumps(response, ensure_ascii=False),
                turn.asked_at,
                include,
            ),
        )
        return row.lastrowid or 0

    def window(self, session: Session, turns: int) -> list[Turn]:
        """The last turns that an answer may build on, oldest first."""
        rows = self._database.execute(
            f"{_TURN} WHERE scope = ? AND session IS ? AND include ORDER BY id DESC LIMIT ?",
            (session.scope, session.id, turns),
        ).fetchall()
        return [_turn(row) for row in reversed(rows)]

    def listed(self, session: Session, *, limit: int, order: Literal["asc", "desc"]) -> list[Turn]:
        """Stored turns, those before a reset and refusals among them."""
        rows = self._database.execute(
            f"{_TURN} WHERE scope = ? AND session IS ?"
            " ORDER BY CASE ? WHEN 'asc' THEN id ELSE -id END LIMIT ?",
            (session.scope, session.id, order, limit),
        )
        return [_turn(row) for row in rows]

    def message(self, scope: str, message_id: str) -> tuple[Session, Turn] | None:
        """The turn with this message id and its session."""
        row = self._database.execute(
            "SELECT session, id, question, response, asked_at, message_id FROM turns"
            " WHERE scope = ? AND message_id = ?",
            (scope, message_id),
        ).fetchone()
        return None if row is None else (Session(scope, row[0]), _turn(row[1:]))

    def reset(self, session: Session) -> None:
        """Hide the turns so far from later ones; they stay listed."""
        self._database.execute(
            "UPDATE turns SET include = 0 WHERE scope = ? AND session IS ?", (session.scope, session.id)
        )

    def begin(self, scope: str, conversation: Conversation) -> None:
        """Keep a conversation; one with the same id is replaced."""
        self._database.execute(
            "INSERT OR REPLACE INTO conversations VALUES (?, ?, ?, ?, ?)",
            (scope, conversation.id, conversation.owner, conversation.name, conversation.begun_at),
        )

    def conversation(self, scope: str, conversation_id: str) -> Conversation | None:
        """The conversation with this id, if it was begun and not forgotten."""
        found = [one for one in self.conversations(scope) if one.id == conversation_id]
        return found[0] if found else None

    def conversations(self, scope: str) -> list[Conversation]:
        """Every conversation, oldest first."""
        rows = self._database.execute(
            "SELECT id, owner, name, begun_at FROM conversations WHERE scope = ? ORDER BY rowid", (scope,)
        )
        return [Conversation(*row) for row in rows]

    def forget(self, scope: str, conversation_id: str) -> None:
        """Drop a conversation; its turns are left, unreachable."""
        self._database.execute(
            "DELETE FROM conversations WHERE scope = ? AND id = ?", (scope, conversation_id)
        )

    def close(self) -> None:
        """Release the file."""
        self._database.close()


def _turn(row: tuple[int, str, str, float, str]) -> Turn:
    chat_id, question, response, asked_at, message_id = row
    stored = json.loads(response)
    return Turn(
        question=question,
        answer=stored["text"],
        mode=stored["type"],
        asked_at=asked_at,
        passages=tuple(Passage(**passage) for passage in stored["passages"]),
        metrics=stored["metrics"],
        message_id=message_id,
        chat_id=chat_id,
    )
