"""What happens in the organisation and its chats, as far as it concerns a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.state.sessions import shared_session_id
from rag_on_dingtalk.telemetry.lines import bound

if TYPE_CHECKING:
    from rag_on_dingtalk.model import OrganisationEvent
    from rag_on_dingtalk.state.once import Once
    from rag_on_dingtalk.state.sessions import Sessions
    from rag_on_dingtalk.telemetry.lines import LogLine


class Happenings:
    """Takes note of events; each one once, however often DingTalk pushes it."""

    def __init__(self, *, sessions: Sessions, once: Once, log: LogLine) -> None:
        self._sessions = sessions
        self._once = once
        self._log = log

    async def take(self, event: OrganisationEvent, *, by: str) -> str:
        """Do what the event asks for; returns what came of it.

        by: names the invocation.

        Raises:
            StateError: Tablestore could not be asked; FC is to try again.
        """
        if not await self._once.first(f"event:{event.bot}", event.event_id, by=by):
            return "duplicate"
        log = bound(self._log, bot=event.bot, event_id=event.event_id)
        if event.type == "chat_disband":
            # Nobody can ask there any more, and its id is never given out again.
            await self._sessions.forget(shared_session_id(event.bot, event.conversation_id))
        log(
            event.type,
            people=len(event.user_ids),
            departments=len(event.department_ids),
            conversation=event.conversation_id,
            message_key=event.message_key,
        )
        return "noted"
