"""What speaks against a grant, and how long `7d` is. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.decision import decide_route, is_for
from rag_on_dingtalk.access.matching import Holds, holds
from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.clock import BEIJING

if TYPE_CHECKING:
    from rag_on_dingtalk.access.matching import Facts
    from rag_on_dingtalk.access.policy import Policy
    from rag_on_dingtalk.access.roles import Verb
    from rag_on_dingtalk.models.access import Grant, Profile
    from rag_on_dingtalk.settings.bot import Bot

_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000
_UNITS = {
    "h": _HOUR_MS,
    "小时": _HOUR_MS,
    "d": _DAY_MS,
    "天": _DAY_MS,
    "日": _DAY_MS,
    "w": 7 * _DAY_MS,
    "周": 7 * _DAY_MS,
}
_LENGTH = re.compile(rf"([0-9]{{1,6}})({'|'.join(_UNITS)})")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")


def until_of(words: str, now_ms: int) -> int | None:
    """When a right ends that is given now for `7d`, `12h`, `2w`, `7天`, or until the end of `2026-12-31`.

    Milliseconds since the epoch; None: the words are no such thing.

    >>> until_of("2h", 1_000)
    7201000
    """
    words = unicodedata.normalize("NFKC", words).casefold()
    if length := _LENGTH.fullmatch(words):
        return now_ms + int(length[1]) * _UNITS[length[2]]
    if date := _DATE.fullmatch(words):
        try:
            day = datetime(int(date[1]), int(date[2]), int(date[3]), tzinfo=BEIJING)
            return int((day + timedelta(days=1)).timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
    return None


def moment(ms: int) -> str:
    """A time as people in China read it.

    >>> moment(1_794_900_000_000)
    '2026-11-17 10:40'
    """
    return datetime.fromtimestamp(ms / 1000, BEIJING).strftime("%Y-%m-%d %H:%M")


def objection(
    grant: Grant,
    *,
    bot: Bot,
    policy: Policy,
    granter: Facts,
    person: Profile | None,
    now_ms: int,
    verb: Verb = "grant",
) -> str:
    """Why this grant must not be given: the name of the sentence, empty for nothing.

    granter: the facts about who gives it. person: what the directory says now of who gets it; None: it could
        not be asked, which speaks against nothing: whether the right helps is decided with each question.
    """
    length_ms = grant.until_ms - now_ms
    checks = (
        ("grant_not_yours", not permission(granter.user, verb, bot).allowed),
        ("grant_to_yourself", granter.user == grant.user or _for_oneself(policy, grant, granter)),
        ("grant_no_route", grant.route not in policy.denying),
        ("grant_past", length_ms <= 0),
        ("grant_too_long", length_ms > bot.grants.longest_days * _DAY_MS),
        ("grant_you_may_not", _denied(policy, grant.route, granter)),
        ("grant_left", person is not None and not person.found),
    )
    return next((sentence for sentence, speaks_against in checks if speaks_against), "")


def _for_oneself(policy: Policy, grant: Grant, granter: Facts) -> bool:
    """A department's right that its granter would get by it, and does not have."""
    route = next((one for one in policy.routes if one.name == grant.route), None)
    if not grant.department or route is None or not is_for(grant, granter):
        return False
    return not decide_route(policy, route, granter, None).allowed


def _denied(policy: Policy, route: str, granter: Facts) -> bool:
    """A right that is denied to the granter is not the granter's to give."""
    rules = policy.denying.get(route, ())
    return any(holds(rule.subjects, granter) is Holds.YES for _, rule in rules)
