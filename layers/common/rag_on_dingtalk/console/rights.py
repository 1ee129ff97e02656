"""Which right a page needs, and who has it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.roles import Verb, holders_of, permission, roles_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.settings.bot import Bot


class Right(msgspec.Struct, frozen=True):
    """What must hold of the visitor.

    open: nothing; else a session. role: any role of the bot but asker. verbs: one of these, of the bot.
    """

    open: bool = False
    role: bool = False
    verbs: tuple[Verb, ...] = ()

    def held(self, user: str, bot: Bot | None) -> bool:
        """Whether the person has it; bot: None: the page is no bot's."""
        if self.open:
            return True
        if not user:
            return False
        if bot is None:
            return not self.role and not self.verbs
        if self.verbs:
            return any(permission(user, verb, bot).allowed for verb in self.verbs)
        return not self.role or has_role(user, bot)


#: Before anyone is known.
OPEN = Right(open=True)
#: Signed in, whatever the roles.
SIGNED_IN = Right()
#: A role of the bot.
ROLE = Right(role=True)


def needs(*verbs: Verb) -> Right:
    """One of the verbs."""
    return Right(verbs=verbs)


def has_role(user: str, bot: Bot) -> bool:
    """Whether the person is more than an asker."""
    return len(roles_of(user, holders_of(bot))) > 1


def bots_of(user: str, bots: Mapping[str, Bot]) -> tuple[str, ...]:
    """The bots in which the person has a role."""
    return tuple(name for name, bot in bots.items() if has_role(user, bot))
