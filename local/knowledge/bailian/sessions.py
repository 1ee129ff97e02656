"""The cloud's memory: an hour after the last turn, and fifty turns at most."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.knowledge.history import Conversation, Session

from .errors import BailianError
from .faults import SESSION_EXPIRED, SESSION_REFUSED

if TYPE_CHECKING:
    from local.knowledge.desk import Desk

LIFE_SECONDS = 3_600
MOST_TURNS = 50


@dataclass(frozen=True)
class Sessions:
    """Finds the session of a question."""

    desk: Desk

    def continued(self, app: str, session_id: str) -> Session:
        """The session that was asked for, or a new one when there is none or its life is over.

        Raises:
            BailianError: the fault that says so was switched on.
        """
        if session_id:
            if self.desk.faults.strikes(SESSION_REFUSED):
                raise BailianError("InvalidParameter", "The session_id is invalid or has expired.")
            session = Session(_scope(app), session_id)
            if self._alive(session) and not self.desk.faults.strikes(SESSION_EXPIRED):
                return session
        begun = Conversation(uuid.uuid4().hex, "", "", self.desk.now())
        self.desk.history.begin(_scope(app), begun)
        return Session(_scope(app), begun.id)

    def _alive(self, session: Session) -> bool:
        known = self.desk.history.conversation(session.scope, session.id or "")
        turns = self.desk.history.window(session, MOST_TURNS)
        if known is None or len(turns) == MOST_TURNS:
            return False
        last = turns[-1].asked_at if turns else known.begun_at
        return self.desk.now() - last < LIFE_SECONDS


def _scope(app: str) -> str:
    return f"bailian/{app}"
