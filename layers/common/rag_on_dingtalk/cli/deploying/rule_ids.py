"""The ids in a bot's rules, compared with DingTalk's directory: `check --online`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.directory.people import NO_SUCH_DEPARTMENT
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from rag_on_dingtalk.dingtalk.directory.people import People
    from rag_on_dingtalk.models.access import RoleHeld
    from rag_on_dingtalk.settings.bot import Bot


async def look_up_ids(bot: Bot, people: People) -> AsyncIterator[tuple[bool, str]]:
    """Whether each department, role and person that a rule names is there, as what.

    A role may be named by its name; one that several groups have must be named by id, or as `group/name`.
    """
    subjects = [*(route.when for route in bot.routes), *(rule.subjects for rule in bot.access)]
    users = dict.fromkeys(user for one in subjects for user in one.users)
    users |= dict.fromkeys((*bot.roles.owner, *bot.roles.curator, *bot.roles.operator, *bot.roles.auditor))
    try:
        for department in dict.fromkeys(id_ for one in subjects for id_ in one.departments):
            yield await _department(people, department)
        named = dict.fromkeys(role for one in subjects for role in one.roles)
        known = await people.roles() if named else ()
        for role in named:
            yield _role(role, known)
        for user in users:
            profile = await people.profile_of(user, now_ms=0)
            yield profile.found, f"person {user} is {profile.name or 'unknown: wrong, or has left'}"
    except DingTalkError as error:
        yield False, f"the ids in the rules cannot be looked up: {error}"


async def _department(people: People, department: int) -> tuple[bool, str]:
    try:
        return True, f"department {department} is {await people.department_name(department)}"
    except DingTalkError as error:
        if error.code not in NO_SUCH_DEPARTMENT:
            raise
        return False, f"department {department} is unknown: no rule on it ever holds"


def _role(named: str, known: Iterable[RoleHeld]) -> tuple[bool, str]:
    found = [role for role in known if named in (role.id, role.name, f"{role.group}/{role.name}")]
    if not found:
        return False, f"role {named} is unknown: no rule on it ever holds"
    meant = ", ".join(f"{role.group}/{role.name} ({role.id})" for role in found)
    if len(found) > 1:
        return False, f"role {named} may be any of {meant}: name it by id"
    return True, f"role {named} is {meant}"
