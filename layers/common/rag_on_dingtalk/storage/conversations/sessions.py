"""`sessions`: what a conversation is called at the backend, until it has been idle too long."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.models.question import Attachment
from rag_on_dingtalk.storage.access.leavers import read_remembered
from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.tables import SESSIONS

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.storage.rows.client import Columns, Rows


#: Backends whose conversations one session keeps, beside the current one.
_MOST_OTHERS = 4


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture or file that was sent without words.

    sent_ms: milliseconds since the epoch.
    taken_by: the turn that it has gone with; empty while it waits for a question.
    """

    attachment: Attachment
    sent_ms: int
    taken_by: str = ""


class BackendMemory(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a session remembers of one of a bot's backends, while another one is asked."""

    name: str
    key: str
    conversation_id: str = ""
    exchanges: tuple[Exchange, ...] = ()
    unheard: tuple[Exchange, ...] = ()


class Session(msgspec.Struct, frozen=True):
    """A running session.

    key: new for every session, so `/new` needs no backend's help: to AnythingLLM this is the `sessionId`.
    conversation_id: what the backend calls it (Dify), empty until it has said so.
    exchanges: what was said, oldest first, for backends that remember nothing themselves.
    version: of the stored row, 0 while there is none.
    waiting: what was sent without words, oldest first.
    backend: which backend key, conversation and exchanges belong to; empty for a bot's only one.
    others: the same of the bot's other backends: what one has said is never told to another.
    asked: questions that were answered in it, or were to be; of a session of before, as if there were some.
    route: the deepest route that has answered in it, of those that have a tier; empty: none.
    unheard: what was answered without the backend, which has to be told; like exchanges, the backend's own.
    read_ms: when it was read. It is saved as used then: an answer that ends after its asker has left is of
        before.
    """

    session_id: str
    key: str
    conversation_id: str = ""
    version: int = 0
    exchanges: tuple[Exchange, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    backend: str = ""
    others: tuple[BackendMemory, ...] = ()
    asked: int = 0
    unheard: tuple[Exchange, ...] = ()
    route: str = ""
    read_ms: int = 0

    def on(self, backend: str) -> Session:
        """The session as this backend knows it."""
        if backend == self.backend:
            return self
        kept = BackendMemory(self.backend, self.key, self.conversation_id, self.exchanges, self.unheard)
        others = {one.name: one for one in (*self.others, kept)}
        # The same for every reader of the row, and new after a restart.
        base = self.key.partition(".")[0]
        digest = hashlib.sha256(backend.encode()).hexdigest()[:8]
        there = others.pop(backend, None) or BackendMemory(backend, f"{base}.{digest}" if backend else base)
        return msgspec.structs.replace(
            self,
            key=there.key,
            conversation_id=there.conversation_id,
            exchanges=there.exchanges,
            unheard=there.unheard,
            backend=backend,
            others=tuple(others.values())[-_MOST_OTHERS:],
        )


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

    async def load(self, session_id: str, *, now_ms: int, departure: str = "") -> Session:
        """The running session, or a fresh one that is stored when it is first saved.

        departure: as for `read_remembered`; a session that was last used before its asker left is over.
        """
        row, left_ms = await read_remembered(self._rows, session_id, departure)
        if row is None:
            return fresh_session(session_id, now_ms)
        version = int(row["ver"])
        left = left_ms and int(row.get("last_used", 0)) <= left_ms
        if int(row["exp"]) <= now_ms or left:
            return fresh_session(session_id, now_ms, version)
        return Session(
            session_id,
            str(row["key"]),
            str(row["conversation_id"]),
            version,
            msgspec.json.decode(str(row["exchanges"]), type=tuple[Exchange, ...]),
            # Rows from before an upgrade lack it.
            msgspec.json.decode(str(row.get("waiting", "[]")), type=tuple[Waiting, ...]),
            str(row.get("backend", "")),
            msgspec.json.decode(str(row.get("others", "[]")), type=tuple[BackendMemory, ...]),
            int(row.get("asked", 1)),
            msgspec.json.decode(str(row.get("unheard", "[]")), type=tuple[Exchange, ...]),
            str(row.get("route", "")),
            read_ms=now_ms,
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
            "waiting": msgspec.json.encode(session.waiting).decode(),
            "ver": session.version + 1,
            "last_used": session.read_ms or now_ms,
            "exp": now_ms + idle_ms,
            "asked": session.asked,
        }
        if session.route:
            row["route"] = session.route
        if session.unheard:
            row["unheard"] = msgspec.json.encode(session.unheard).decode()
        if session.backend or session.others:
            row |= {"backend": session.backend, "others": msgspec.json.encode(session.others).decode()}
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
    return Session(session_id, f"{session_id}-{now_ms}", "", version, read_ms=now_ms)
