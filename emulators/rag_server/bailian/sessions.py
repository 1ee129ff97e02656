"""The cloud's memory: an hour after the last turn, and fifty turns at most."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.rag_server.answering.history import Conversation, Session
from emulators.rag_server.bailian.errors import BailianError
from emulators.rag_server.bailian.faults import SESSION_EXPIRED, SESSION_REFUSED

if TYPE_CHECKING:
    from emulators.rag_server.answering.knowledge import KnowledgeBase

LIFE_SECONDS = 3_600
MOST_TURNS = 50


@dataclass(frozen=True)
class Sessions:
    """Finds the session of a question."""

    knowledge: KnowledgeBase

    def continued(self, app: str, session_id: str) -> Session:
        """The session that was asked for, or a new one when there is none or its life is over.

        Raises:
            BailianError: the fault that says so was switched on.
        """
        if session_id:
            if self.knowledge.faults.strikes(SESSION_REFUSED):
                raise BailianError("InvalidParameter", "The session_id is invalid or has expired.")
            session = Session(_scope(app), session_id)
            if self._alive(session) and not self.knowledge.faults.strikes(SESSION_EXPIRED):
                return session
        begun = Conversation(uuid.uuid4().hex, "", "", self.knowledge.now())
        self.knowledge.history.begin(_scope(app), begun)
        return Session(_scope(app), begun.id)

    def _alive(self, session: Session) -> bool:
        known = self.knowledge.history.conversation(session.scope, session.id or "")
        turns = self.knowledge.history.window(session, MOST_TURNS)
        if known is None or len(turns) == MOST_TURNS:
            return False
        last = turns[-1].asked_at if turns else known.begun_at
        return self.knowledge.now() - last < LIFE_SECONDS


def _scope(app: str) -> str:
    return f"bailian/{app}"
