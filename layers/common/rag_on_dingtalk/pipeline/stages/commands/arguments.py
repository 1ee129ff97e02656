"""What stands behind `/grant` and `/revoke`: a person, a route, how long, why. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag_on_dingtalk.models.question import Question

#: A staff id; DingTalk's are shorter, and have no blanks.
_STAFF_ID = re.compile(r"[\w.\-]{1,64}", re.ASCII)
_LONGEST_REASON = 200
_MENTION = ("@", "＠")


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed.

    user: a staff id. length: as typed, for `granting.until_of`.
    problem: the name of the sentence that says what is missing; empty: nothing is.
    """

    user: str = ""
    route: str = ""
    length: str = ""
    why: str = ""
    problem: str = ""


def read_arguments(question: Question, routes: Iterable[str], *, route_needed: bool = True) -> Arguments:
    """The arguments of a command.

    A person is mentioned, or named by staff id; a name alone may be several people's and is not taken. A
    mention's own words may hold blanks, so the route is the first word that is a route's name.

    routes: the bot's.
    """
    words = question.text.split()[1:]
    known = {_fold(route): route for route in routes}
    place = next((number for number, word in enumerate(words) if _fold(word) in known), None)
    if place is None and route_needed:
        user, problem = _person(question, words[:1])
        return Arguments(user=user, problem=problem or "grant_no_route")
    user, problem = _person(question, words[:place])
    if place is None:
        return Arguments(user=user, problem=problem)
    behind = words[place + 1 :]
    return Arguments(
        user=user,
        route=known[_fold(words[place])],
        length=behind[0] if behind else "",
        why=" ".join(behind[1:])[:_LONGEST_REASON],
        problem=problem,
    )


def _person(question: Question, words: list[str]) -> tuple[str, str]:
    """The staff id, or what is wrong with what stands for it."""
    mentioned = {one.staff_id for one in question.mentions}
    if len(mentioned) > 1:
        return "", "grant_several_people"
    if mentioned and "" not in mentioned:
        return mentioned.pop(), ""
    plain = [word for word in words if not word.startswith(_MENTION)]
    if len(plain) == 1 and len(words) == 1 and _STAFF_ID.fullmatch(plain[0]):
        return plain[0], ""
    return "", "grant_no_person"


def _fold(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()
