"""Who a person is to the access rules, and what they were lent for a while. Pure."""

from __future__ import annotations

import msgspec


class RoleHeld(msgspec.Struct, frozen=True, omit_defaults=True):
    """A role of the organisation's directory that a person has; rules name it by id or by name."""

    id: str
    name: str = ""
    group: str = ""


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the directory says about one person.

    chains: one for each department the person is in: that department, its parent, and so on up to 1, the
        organisation itself.
    found: False: the organisation has no such member (any more).
    fetched_ms: when DingTalk was asked, milliseconds since the epoch.
    """

    chains: tuple[tuple[int, ...], ...] = ()
    roles: tuple[RoleHeld, ...] = ()
    name: str = ""
    found: bool = True
    fetched_ms: int = 0


class Grant(msgspec.Struct, frozen=True, omit_defaults=True):
    """A right that ends: one person, or the members of one department, may ask one route until then.

    user: empty for a department's. department: its members include those of every department below it.
    id: unique for the person; a decision on a request for access has the id of the refused turn.
    from_ms, until_ms: milliseconds since the epoch; at `until_ms` it has ended.
    granted_by: the staff id of the owner who gave it. requested: it was asked for with the button.
    """

    id: str
    bot: str
    user: str
    route: str
    from_ms: int
    until_ms: int
    granted_by: str
    why: str = ""
    requested: bool = False
    department: int = 0

    def lives(self, now_ms: int) -> bool:
        """Whether it holds at this moment."""
        return self.from_ms <= now_ms < self.until_ms


class Decided(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A decision on a question as its record keeps it, with what it was made from: it can be made again.

    allowed … opened: as in `access.decision.Decision`.
    at_ms: when it was decided, milliseconds since the epoch.
    profile: without the person's name; None: the directory was not asked, or could not be.
    grants: of the asker, those that lived.
    """

    allowed: bool
    rule: str
    reason: str
    policy_version: str
    until_ms: int = 0
    route: str = ""
    use: str = ""
    quiet: bool = False
    arm: str = ""
    opened: tuple[str, ...] = ()
    at_ms: int = 0
    profile: Profile | None = None
    grants: tuple[Grant, ...] = ()
