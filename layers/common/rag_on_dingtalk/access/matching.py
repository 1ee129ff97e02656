"""Does a rule hold for a question? Yes, no, or maybe, when the directory could not be asked. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from enum import IntEnum
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.question_rules.matching import looks_right

if TYPE_CHECKING:
    from collections.abc import Collection, Container

    from rag_on_dingtalk.models.access import Profile
    from rag_on_dingtalk.settings.sections.access import Subjects, When


class Holds(IntEnum):
    """How certain it is; several conditions together hold as surely as the least certain one."""

    NO = 0
    MAYBE = 1
    YES = 2


class Facts(msgspec.Struct, frozen=True):
    """What rules look at: who asks what, and where.

    user: the staff id, empty for people outside the organisation; key: tells every asker from the others.
    depths: how far up each of the asker's departments is, 0 for one the asker is in; None: not known.
    roles: ids, names, and `group/name` of the asker's roles; None: not known.
    member: the directory has the asker; None: not known.
    group: the conversation id of a group, empty in a private chat.
    text: the question's words, folded.
    files: pictures or files came with it. depth: questions asked in the conversation before it.
    """

    user: str
    key: str
    depths: dict[int, int] | None
    roles: frozenset[str] | None
    member: bool | None
    group: str = ""
    text: str = ""
    files: bool = False
    depth: int = 0


def facts_of(
    user: str, key: str, profile: Profile | None, *, group: str = "", text: str = "", files: bool = False
) -> Facts:
    """The facts of the first question of a conversation.

    profile: None: the directory could not be asked, so that department and role are not known. Of people
        without a staff id it is known that they have none.
    """
    folded = fold(text)
    if not user:
        return Facts("", key, {}, frozenset(), member=False, group=group, text=folded, files=files)
    if profile is None:
        return Facts(user, key, None, None, None, group, folded, files)
    depths: dict[int, int] = {}
    for chain in profile.chains:
        for depth, department in enumerate(chain):
            depths[department] = min(depth, depths.get(department, depth))
    roles = frozenset(
        name
        for role in profile.roles
        for name in (role.id, role.name, f"{role.group}/{role.name}" if role.group else "")
        if name
    )
    return Facts(user, key, depths, roles, profile.found, group, folded, files)


def fold(text: str) -> str:
    """Words as they are compared: width and case make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


def who_holds(subjects: Subjects, facts: Facts) -> Holds:
    """The conditions on the person."""
    named = not subjects.users or facts.user in subjects.users
    inside = None if subjects.external is None else not subjects.external
    return min(
        Holds.YES if named else Holds.NO,
        _one_of(subjects.departments, facts.depths),
        _one_of(subjects.roles, facts.roles),
        Holds.YES if inside is None else _is(inside, facts.member),
    )


def _one_of(wanted: Collection[object], known: Container[object] | None) -> Holds:
    if not wanted:
        return Holds.YES
    if known is None:
        return Holds.MAYBE
    return Holds.YES if any(one in known for one in wanted) else Holds.NO


def _is(wanted: bool, known: bool | None) -> Holds:  # noqa: FBT001 - a comparison has no names
    if known is None:
        return Holds.MAYBE
    return Holds.YES if wanted is known else Holds.NO


def where_holds(subjects: Subjects, facts: Facts) -> bool:
    """The conditions on the conversation."""
    if subjects.groups and facts.group not in subjects.groups:
        return False
    return subjects.chat is None or (subjects.chat == "group") is bool(facts.group)


def holds(subjects: Subjects, facts: Facts) -> Holds:
    """All conditions of a rule."""
    return who_holds(subjects, facts) if where_holds(subjects, facts) else Holds.NO


def question_holds(name: str, when: When, facts: Facts) -> bool:
    """The conditions on the question, and the part of the people.

    name: of what has the part; each draws its own. Of a route the experiment draws: see `arms`.
    """
    return words_hold(when, facts) and (when.percent is None or _drawn(name, facts.key) < when.percent)


def words_hold(when: When, facts: Facts) -> bool:
    """The conditions on the question alone."""
    return when.question is None or looks_right(when.question, facts, fold)


def depth_of(subjects: Subjects, facts: Facts) -> int | None:
    """How near the nearest of its departments is; None where it names none of the asker's."""
    if facts.depths is None:
        return None
    return min((facts.depths[one] for one in subjects.departments if one in facts.depths), default=None)


def _drawn(name: str, key: str) -> int:
    """0 to 99, the same for one person and name at all times and in every process."""
    return int.from_bytes(hashlib.sha256(f"{name}\n{key}".encode()).digest()[:8], "big") % 100
