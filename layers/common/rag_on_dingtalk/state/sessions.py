"""`sessions`: what a conversation is called at the backend, until it has been idle too long."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.model import Exchange
from rag_on_dingtalk.state.conditions import missing_or_equal
from rag_on_dingtalk.state.tables import SESSIONS

if TYPE_CHECKING:
    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.state.client import Columns, Rows


class Session(msgspec.Struct, frozen=True):
    """A running session.

    key: new for every session, so `/new` needs no backend's help: to AnythingLLM this is the `sessionId`.
    conversation_id: what the backend calls it (Dify), empty until it has said so.
    exchanges: what was said, oldest first, for backends that remember nothing themselves.
    version: of the stored row, 0 while there is none.
    """

    session_id: str
    key: str
    conversation_id: str = ""
    version: int = 0
    exchanges: tuple[Exchange, ...] = ()


def session_id_of(question: Question, *, shared: bool) -> str:
    """Which session a question belongs to: one per person in a conversation, or one for the whole group."""
    asker = "" if shared and question.conversation.is_group else question.sender.key
    return _id(question.bot, question.conversation.id, asker)


def shared_session_id(bot: str, conversation_id: str) -> str:
    """The session that a whole group shares."""
    return _id(bot, conversation_id, "")


def _id(bot: str, conversation_id: str, asker: str) -> str:
    parts = msgspec.json.encode((bot, conversation_id, asker))
    return "s" + hashlib.sha256(parts).hexdigest()[:31]


class Sessions:
    """Loads, continues and replaces sessions."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def load(self, session_id: str, *, now_ms: int) -> Session:
        """The running session, or a fresh one that is stored when it is first saved."""
        row = await self._rows.get(SESSIONS, session_id)
        if row is None:
            return fresh_session(session_id, now_ms)
        version = int(row["ver"])
        if int(row["exp"]) <= now_ms:
            return fresh_session(session_id, now_ms, version)
        return Session(
            session_id,
            str(row["key"]),
            str(row["conversation_id"]),
            version,
            msgspec.json.decode(str(row["exchanges"]), type=tuple[Exchange, ...]),
        )

    async def save(self, session: Session, *, now_ms: int, idle_ms: int) -> bool:
        """Store the session as used just now; False when a newer one (`/new`) is there, which then stands.

        idle_ms: unused for longer than this, it is not continued.
        The whole row is written, because Tablestore's TTL counts per cell.
        """
        row: Columns = {
            "key": session.key,
            "conversation_id": session.conversation_id,
            "exchanges": msgspec.json.encode(session.exchanges).decode(),
            "ver": session.version + 1,
            "last_used": now_ms,
            "exp": now_ms + idle_ms,
        }
        return await self._rows.put(
            SESSIONS, session.session_id, row, missing_or_equal("ver", session.version)
        )

    async def restart(self, session_id: str, *, now_ms: int, idle_ms: int) -> None:
        """Begin a new session, whatever was there; an answer finishing meanwhile does not bring it back."""
        saved = False
        while not saved:
            row = await self._rows.get(SESSIONS, session_id)
            session = fresh_session(session_id, now_ms, 0 if row is None else int(row["ver"]))
            saved = await self.save(session, now_ms=now_ms, idle_ms=idle_ms)

    async def forget(self, session_id: str) -> None:
        """Remove what was remembered, if anything was."""
        await self._rows.delete(SESSIONS, session_id)


def fresh_session(session_id: str, now_ms: int, version: int = 0) -> Session:
    """A session that remembers nothing.

    version: of the row it will replace, 0 for none.
    """
    return Session(session_id, f"{session_id}-{now_ms}", "", version)
