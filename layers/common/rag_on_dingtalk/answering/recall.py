"""The session of a turn: loaded, continued, restarted. An answer without memory is better than none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.model import Exchange
from rag_on_dingtalk.state.sessions import Session, Sessions, fresh_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.telemetry.lines import LogLine


#: Of a question and of an answer, in characters: a window of fifty stays far below a cell's 2 MB.
_LONGEST = 4_000


class Recall:
    """One session.

    idle_minutes: unused for longer than this, it is not continued.
    exchanges: so many are remembered here, for backends that remember nothing themselves.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        sessions: Sessions,
        session_id: str,
        *,
        idle_minutes: float,
        exchanges: int,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._sessions = sessions
        self._idle_ms = int(idle_minutes * 60_000)
        self._exchanges = exchanges
        self._clock = clock
        self._log = log
        self.session_id = session_id

    async def load(self) -> Session:
        """The running session, or one that remembers nothing."""
        now_ms = self._clock()
        try:
            return await self._sessions.load(self.session_id, now_ms=now_ms)
        except StateError as error:
            self._log("session_not_read", level="ERROR", error=str(error))
            return fresh_session(self.session_id, now_ms)

    async def keep(self, session: Session, conversation_id: str, exchange: Exchange | None) -> None:
        """Remember that it was used, what the backend calls it now (empty: as before), and what was said."""
        said = (*session.exchanges, _shortened(exchange)) if exchange else session.exchanges
        used = msgspec.structs.replace(
            session,
            conversation_id=conversation_id or session.conversation_id,
            exchanges=said[-self._exchanges :] if self._exchanges else (),
        )
        try:
            kept = await self._sessions.save(used, now_ms=self._clock(), idle_ms=self._idle_ms)
        except StateError as error:
            self._log("session_not_saved", level="ERROR", error=str(error))
        else:
            if not kept:
                self._log("session_replaced_meanwhile", session_id=self.session_id)

    async def restart(self) -> None:
        """Begin a new session.

        Raises:
            StateError: it could not be recorded, so the old one would be continued.
        """
        await self._sessions.restart(self.session_id, now_ms=self._clock(), idle_ms=self._idle_ms)


def _shortened(exchange: Exchange) -> Exchange:
    return Exchange(exchange.question[:_LONGEST], exchange.answer[:_LONGEST])
