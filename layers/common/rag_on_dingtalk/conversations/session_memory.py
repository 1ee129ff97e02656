"""What one conversation remembers: loaded, continued, restarted. An answer without memory beats none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.conversations.waiting import add
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.storage.conversations.sessions import Session, Sessions, fresh_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.models.question import Attachment
    from rag_on_dingtalk.observability.log_lines import LogLine


#: Of a question and of an answer, in characters: a window of fifty stays far below a cell's 2 MB.
_LONGEST = 4_000
#: What a backend is told of answers that it did not give: how many, and how long each.
_MOST_UNHEARD, _LONGEST_UNHEARD = 2, 1_000
#: Several pictures sent at once are written at once.
_ATTEMPTS = 5


class SessionMemory:
    """One session.

    departure: the row that says when the asker left the organisation, `departure_id`; empty: none is known.
    idle_minutes: unused for longer than this, it is not continued.
    exchanges: how many are remembered here, for backends that remember nothing themselves.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        sessions: Sessions,
        session_id: str,
        *,
        departure: str = "",
        idle_minutes: float,
        exchanges: int,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._sessions = sessions
        self._departure = departure
        self._idle_ms = int(idle_minutes * 60_000)
        self._exchanges = exchanges
        self._clock = clock
        self._log = log
        self.session_id = session_id

    @property
    def remembers(self) -> bool:
        """Whether what is said is remembered here, for backends that remember nothing themselves."""
        return self._exchanges > 0

    @property
    def now_ms(self) -> int:
        """The time, milliseconds since the epoch."""
        return self._clock()

    async def load(self, backend: str = "") -> Session:
        """The running session as one backend knows it, or one that remembers nothing.

        backend: the backend's name, empty for a bot's only one.
        """
        try:
            return (await self._load()).on(backend)
        except StateError as error:
            self._log("session_not_read", level="ERROR", error=str(error))
            return fresh_session(self.session_id, self._clock())

    async def unused(self, backend: str = "") -> Session | None:
        """The session if nothing was asked in it so far and nothing waits for its first question.

        Raises:
            StateError: that is not known.
        """
        session = await self._load()
        waits = any(not one.taken_by for one in session.waiting)
        return None if session.asked or waits else session.on(backend)

    async def keep(self, session: Session, conversation_id: str, exchange: Exchange | None) -> None:
        """Remember that it was used, what the backend calls it now (empty: as before), and what was said."""
        used = msgspec.structs.replace(
            session,
            conversation_id=conversation_id or session.conversation_id,
            unheard=() if exchange else session.unheard,
        )
        await self._use(session, used, exchange)

    async def keep_given(self, session: Session, exchange: Exchange, *, remembers: bool) -> None:
        """Remember what was answered without the backend.

        remembers: the backend remembers by itself what it was asked, so that it has to be told of this.
        """
        unheard = (*session.unheard, _shortened(exchange, _LONGEST_UNHEARD))[-_MOST_UNHEARD:]
        used = msgspec.structs.replace(session, unheard=unheard if remembers else ())
        await self._use(session, used, exchange)

    async def _use(self, session: Session, used: Session, exchange: Exchange | None) -> None:
        said = () if exchange is None else (_shortened(exchange),)
        exchanges = (*session.exchanges, *said)[-self._exchanges :] if self._exchanges else ()
        used = msgspec.structs.replace(used, exchanges=exchanges, asked=session.asked + 1)
        try:
            kept = await self._save(used) or await self._save_beside(session, used, said)
        except StateError as error:
            self._log("session_not_saved", level="ERROR", error=str(error))
        else:
            if not kept:
                self._log("session_replaced_meanwhile", session_id=self.session_id)

    async def wait_with(self, attachments: tuple[Attachment, ...], minutes: float) -> None:
        """Keep a picture or file for the next question.

        Raises:
            StateError: it could not be kept.
        """
        for _ in range(_ATTEMPTS):
            session = await self._load()
            if await self._save(add(session, attachments, session.read_ms, minutes)):
                return
        raise StateError("contended", "the session changed each time it was written")

    async def _load(self) -> Session:
        return await self._sessions.load(self.session_id, now_ms=self._clock(), departure=self._departure)

    async def _save(self, session: Session) -> bool:
        return await self._sessions.save(session, now_ms=self._clock(), idle_ms=self._idle_ms)

    async def _save_beside(self, before: Session, used: Session, said: tuple[Exchange, ...]) -> bool:
        """Save it after all when the same session has only gained a picture or a skill's answer meanwhile."""
        now = (await self._load()).on(before.backend)
        if now.key != before.key or now.exchanges[: len(before.exchanges)] != before.exchanges:
            return False
        known = {one.attachment for one in used.waiting}
        waiting = (*used.waiting, *(one for one in now.waiting if one.attachment not in known))
        exchanges = (*now.exchanges, *said)[-self._exchanges :] if self._exchanges else ()
        merged = msgspec.structs.replace(used, version=now.version, waiting=waiting, exchanges=exchanges)
        return await self._save(merged)

    async def restart(self) -> None:
        """Begin a new session.

        Raises:
            StateError: it could not be recorded, so the old one would be continued.
        """
        await self._sessions.restart(self.session_id, now_ms=self._clock(), idle_ms=self._idle_ms)


def _shortened(exchange: Exchange, most: int = _LONGEST) -> Exchange:
    return Exchange(exchange.question[:most], exchange.answer[:most])
