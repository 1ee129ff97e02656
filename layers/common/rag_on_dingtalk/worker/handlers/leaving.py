"""What people lose who leave the organisation: at every bot of it, whatever its rules ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.access.acts import Acts
    from rag_on_dingtalk.models.jobs import OrganisationEvent
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.access.grants import Grants
    from rag_on_dingtalk.storage.access.leavers import Leavers
    from rag_on_dingtalk.storage.console_sessions import ConsoleSessions

_LEFT = "user_leave_org"


def bots_of(event: OrganisationEvent, bots: Mapping[str, Bot]) -> dict[str, Bot]:
    """The bots of the organisation that the event is about; none for a bot that is not configured.

    Bots of one app are of one organisation, also where only one of them says which.
    """
    bot = bots.get(event.bot)
    if bot is None:
        return {}
    corp = bot.dingtalk.corp_id or event.corp_id
    apps = {one.dingtalk.client_id for one in bots.values() if corp and one.dingtalk.corp_id == corp}
    apps.add(bot.dingtalk.client_id)
    return {name: one for name, one in bots.items() if one.dingtalk.client_id in apps}


class Leaving:
    """Takes it from them.

    console: sessions of the administrators' pages; None: there is no console.
    console_bot: whose app signs people in there.
    """

    def __init__(
        self,
        *,
        leavers: Leavers,
        grants: Grants,
        console: ConsoleSessions | None,
        console_bot: str,
        acts: Acts,
        log: LogLine,
    ) -> None:
        self._leavers = leavers
        self._grants = grants
        self._console = console
        self._console_bot = console_bot
        self._acts = acts
        self._log = log

    async def take(self, bots: Mapping[str, Bot], users: tuple[str, ...], *, now_ms: int) -> None:
        """Profiles, conversations, requests for access, sessions of the console, grants.

        Raises:
            StateError: Tablestore did not confirm it; the same call again takes the rest.
        """
        # First: what is decided or said from now on finds it.
        await self._leavers.note({scope_of(bot) for bot in bots.values()}, users, now_ms=now_ms)
        if self._console is not None and self._console_bot in bots:
            await self._end_console(self._console, users)
        for name in bots:
            await self._end_grants(name, users, now_ms)

    async def _end_console(self, console: ConsoleSessions, users: tuple[str, ...]) -> None:
        try:
            ended = await console.end_all_of(users)
        except StateError as error:
            if error.code != "OTSObjectNotExist":
                raise
            # Without its table the console lets no person in.
            return
        if ended:
            self._log("console_sessions_ended", sessions=ended, reason="left")

    async def _end_grants(self, bot: str, users: tuple[str, ...], now_ms: int) -> None:
        for grant in await self._grants.of_people(bot, users, now_ms):
            await self._grants.end(grant, now_ms=now_ms, by=_LEFT)
            self._log("grant_ended", bot=bot, grant=grant.id, route=grant.route, reason="left")
            await self._acts.done(
                "grant.taken",
                name=bot,
                who=_LEFT,
                what=f"{grant.user} {grant.route}",
                detail=grant.id,
                source="function",
            )
