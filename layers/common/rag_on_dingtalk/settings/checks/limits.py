"""The rules for limits that types cannot say. Pure."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.settings.sections.limits import Limit


def check_limits(name: str, limits: Sequence[Limit]) -> None:
    """Each limit limits something, no two limit the same, and no share is larger than the whole.

    name: of the bot, for the error.

    Raises:
        ConfigurationError: names the limit, counted from 0, and what to do.
    """
    for number, limit in enumerate(limits):
        _check_one(f"bots.{name}.limits[{number}]", limit)
    for (number, limit), (other_number, other) in combinations(enumerate(limits), 2):
        both = f"bots.{name}.limits[{number}] and limits[{other_number}]"
        if _meet(limit, other):
            raise ConfigurationError(f"{both} limit the same. Keep one of them.")
    places = next((one.concurrent for one in limits if one.scope == "bot" and one.concurrent), None)
    for number, limit in enumerate(limits):
        if places and limit.concurrent and limit.concurrent > places:
            raise ConfigurationError(
                f"bots.{name}.limits[{number}].concurrent is {limit.concurrent}, and the whole bot has "
                f"{places} places. Make it smaller, or the bot's larger."
            )


def _check_one(place: str, limit: Limit) -> None:
    if limit.questions is None and limit.concurrent is None:
        raise ConfigurationError(f"{place} limits nothing. Give it `questions` or `concurrent`.")
    if limit.scope == "bot" and limit.ids:
        raise ConfigurationError(f"{place} is for the whole bot, so it takes no `ids`. Remove them.")
    if len(set(map(str, limit.ids))) < len(limit.ids):
        raise ConfigurationError(f"{place}.ids names one of them twice. Remove it.")
    if any(not str(one) or len(str(one)) > _LONGEST_ID for one in limit.ids):
        raise ConfigurationError(
            f"{place}.ids has an id that is empty or longer than {_LONGEST_ID} characters. Correct it."
        )


#: DingTalk's ids are shorter; as a part of a row's key it must fit.
_LONGEST_ID = 128


def _meet(one: Limit, other: Limit) -> bool:
    """Whether the two would count the same questions in the same rows."""
    if one.scope != other.scope:
        return False
    questions = bool(one.questions and other.questions) and one.per == other.per
    if not questions and not (one.concurrent and other.concurrent):
        return False
    ids, others = set(map(str, one.ids)), set(map(str, other.ids))
    return bool(ids & others) if ids or others else True
