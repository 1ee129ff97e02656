"""An event of the organisation or its chats, as far as it concerns a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.storage.conversations.sessions import shared_session_id
from rag_on_dingtalk.worker.handlers.leaving import bots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.models.jobs import OrganisationEvent
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.access.directory import StoredDirectory
    from rag_on_dingtalk.storage.conversations.sessions import Sessions
    from rag_on_dingtalk.storage.shared.once import Once
    from rag_on_dingtalk.worker.handlers.leaving import Leaving

#: Of one person: that person's departments or roles are others now.
_OF_PEOPLE = frozenset(("user_modify_org", "user_leave_org", "label_user_change"))
#: Of a department or a role: there is no event for each of its members.
_OF_EVERYONE = frozenset(
    (
        "org_dept_create",
        "org_dept_modify",
        "org_dept_remove",
        "label_conf_add",
        "label_conf_modify",
        "label_conf_del",
    )
)
#: More people than this at once are dropped by one write for all.
_ONE_BY_ONE = 20


class OrgEventHandler:
    """Handles each event once, however often DingTalk pushes it.

    bots: by name. clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        *,
        bots: Mapping[str, Bot],
        sessions: Sessions,
        directory: StoredDirectory,
        leaving: Leaving,
        once: Once,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._bots = bots
        self._sessions = sessions
        self._directory = directory
        self._leaving = leaving
        self._once = once
        self._clock = clock
        self._log = log

    async def handle(self, event: OrganisationEvent, *, by: str) -> str:
        """Do what the event asks for; returns what came of it.

        by: names the invocation.

        Raises:
            StateError: Tablestore could not be asked; FC is to try again.
        """
        # Before it is noted as handled: an attempt that dies in between would be the last, and dropping what
        # is known twice does no harm.
        await self._forget(event)
        if not await self._once.first(f"event:{event.bot}", event.event_id, by=by):
            return "duplicate"
        if event.type == "chat_disband":
            # No question can come from there any more, and DingTalk never reuses the id.
            await self._sessions.forget(shared_session_id(event.bot, event.conversation_id))
        self._log(
            event.type,
            bot=event.bot,
            event_id=event.event_id,
            people=len(event.user_ids),
            departments=len(event.department_ids),
            conversation=event.conversation_id,
            message_key=event.message_key,
        )
        return "noted"

    async def _forget(self, event: OrganisationEvent) -> None:
        """Drop what is known of people at every bot of the organisation; who left loses what was theirs."""
        bots = bots_of(event, self._bots)
        if not bots or event.type not in _OF_PEOPLE | _OF_EVERYONE:
            return
        scopes, now_ms = {scope_of(bot) for bot in bots.values()}, self._clock()
        # An event that names no one it is about must not be read as one about no one.
        everyone = event.type in _OF_EVERYONE or not event.user_ids or len(event.user_ids) > _ONE_BY_ONE
        for scope in sorted(scopes):
            if everyone:
                await self._directory.drop_everyone(scope, now_ms=now_ms)
            for user in () if everyone else event.user_ids:
                await self._directory.drop(scope, user, now_ms=now_ms)
        if event.type == "user_leave_org":
            await self._leaving.take(bots, event.user_ids, now_ms=now_ms)
