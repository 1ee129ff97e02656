"""What speaks against lending a right, asked of DingTalk's directory as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.access.granting import objection
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.storage.access.leavers import Leavers
from rag_on_dingtalk.texts import Texts

if TYPE_CHECKING:
    from rag_on_dingtalk.access.roles import Verb
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.models.access import Grant, Profile


async def objection_to(visit: Visit, grant: Grant, *, verb: Verb, asked_ms: int = 0) -> str:
    """What speaks against it, as a sentence; empty: nothing.

    asked_ms: when it was asked for; 0: it was not. What a person asked for before leaving is void.
    """
    services, bot = visit.services, visit.bot
    people = services.people(visit.name)
    granter: Profile | None = None
    person: Profile | None = None
    try:
        granter = await people.profile_of(visit.user, now_ms=visit.now_ms)
        if grant.user:
            person = await people.profile_of(grant.user, now_ms=visit.now_ms)
    except DingTalkError as error:
        services.log("directory_not_asked", level="ERROR", code=error.code, error=str(error))
    wrong = objection(
        grant,
        bot=bot,
        policy=policy_of(bot),
        granter=facts_of(visit.user, visit.user, granter),
        person=person,
        now_ms=visit.now_ms,
        verb=verb,
    )
    if not wrong and grant.user and person is None:
        # A misspelt id would give the right to no person, and the owner would not know.
        wrong = "grant_not_checked"
    if not wrong and asked_ms and await Leavers(services.rows).left_ms(scope_of(bot), grant.user) >= asked_ms:
        wrong = "grant_left"
    if not wrong:
        return ""
    routes = "、".join(route.name for route in bot.all_routes)
    values = {
        "user": grant.user,
        "route": grant.route,
        "routes": routes,
        "days": str(bot.grants.longest_days),
    }
    return Texts(visit.say.language).say(wrong, **values)
