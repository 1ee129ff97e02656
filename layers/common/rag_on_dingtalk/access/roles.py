"""What each role may do to a bot. Pure; the guide's table is written from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.settings.sections.access import RoleHolders

Verb = Literal[
    "ask",
    "see_sources",
    "export",
    "manage_skills",
    "manage_access",
    "grant",
    "approve",
    "read_audit",
    "read_questions",
    "operate",
]
BotRole = Literal["owner", "curator", "operator", "auditor", "asker"]

VERBS: tuple[Verb, ...] = get_args(Verb)
ROLES: tuple[BotRole, ...] = get_args(BotRole)

#: What changes something; an auditor has none of these.
CHANGING: frozenset[Verb] = frozenset(("manage_skills", "manage_access", "grant", "approve", "operate"))

_ASKING: frozenset[Verb] = frozenset(("ask", "see_sources"))

#: Whether a question is answered is for the routes and rules to say, whatever the role.
MATRIX: Mapping[BotRole, frozenset[Verb]] = {
    "owner": frozenset(VERBS),
    "curator": _ASKING | {"export", "manage_skills", "read_questions"},
    "operator": _ASKING | {"operate"},
    "auditor": _ASKING | {"export", "read_audit", "read_questions"},
    "asker": _ASKING,
}


def roles_of(user: str, holders: RoleHolders) -> tuple[BotRole, ...]:
    """The roles of one person; everyone is an asker, also people without a staff id."""
    return tuple(role for role in ROLES if role == "asker" or (user and user in getattr(holders, role)))


def may(user: str, verb: Verb, holders: RoleHolders) -> bool:
    """Whether one of the person's roles has the verb."""
    return any(verb in MATRIX[role] for role in roles_of(user, holders))


class Permission(msgspec.Struct, frozen=True):
    """Whether a person may do something to a bot.

    rule: the role that has the verb, as `role:owner`; empty: none of the person's has it.
    """

    allowed: bool
    verb: Verb
    rule: str = ""


def permission(user: str, verb: Verb, bot: Bot) -> Permission:
    """The decision on an act, for the chat, for cards and for the console alike.

    user: a staff id; empty: a person outside the organisation.
    """
    roles = roles_of(user, holders_of(bot))
    role = next((role for role in roles if verb in MATRIX[role]), None)
    return Permission(role is not None, verb, f"role:{role}" if role else "")


def holders_of(bot: Bot) -> RoleHolders:
    """Who has which role: as written in `roles`, and those who are told of incidents operate, too."""
    told = bot.operations.operators or bot.administrators
    return msgspec.structs.replace(bot.roles, operator=(*bot.roles.operator, *told))


def verbs_of(user: str, bot: Bot) -> frozenset[Verb]:
    """Everything that the person may do."""
    return frozenset().union(*(MATRIX[role] for role in roles_of(user, holders_of(bot))))


def matrix_table() -> str:
    """The whole matrix as a markdown table, for the guides."""
    head = f"| | {' | '.join(ROLES)} |\n|---|{'---|' * len(ROLES)}"
    rows = (
        f"| `{verb}` | {' | '.join('✓' if verb in MATRIX[role] else '' for role in ROLES)} |"
        for verb in VERBS
    )
    return "\n".join((head, *rows))
