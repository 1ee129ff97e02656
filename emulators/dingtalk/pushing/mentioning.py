"""Mentions in a message of a group: what DingTalk takes out of the words, and what it lists. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulators.dingtalk.organisation.people import Person, RobotApp


def mentioned_in(text: str, people: Sequence[Person]) -> tuple[Person, ...]:
    """The people whose `@name` stands in the words, in that order."""
    by_mention = {f"@{person.nick}": person for person in people}
    found = _mentions(people).findall(text)
    return tuple(by_mention[mention] for mention in dict.fromkeys(found))


def without_mentions(text: str, people: Sequence[Person]) -> str:
    """The words as DingTalk passes them on: the names are gone, the blank behind each stays."""
    return _mentions(people).sub("", text)


def mention_runs(text: str, people: Sequence[Person]) -> list[dict[str, Any]]:
    """The runs of rich text that the words consist of: each mention has one of its own, with the name."""
    runs: list[dict[str, Any]] = []
    for number, piece in enumerate(_mentions(people).split(text)):
        # Every second piece is what the pattern's group has matched.
        if piece:
            runs.append({"type": "at", "atName": piece[1:]} if number % 2 else {"text": piece})
    return runs


def at_users(robot: RobotApp, people: Sequence[Person], *, to_robot: bool) -> list[dict[str, str]]:
    """`atUsers`: ids only; of people from outside the encrypted one, of the robot often no more than that."""
    listed = [{"dingtalkId": robot.dingtalk_id}] if to_robot else []
    return listed + [{"dingtalkId": person.sender_id, "staffId": person.staff_id} for person in people]


def _mentions(people: Sequence[Person]) -> re.Pattern[str]:
    # The longer of two names that begin alike is the one that was meant.
    nicks = sorted((person.nick for person in people), key=len, reverse=True)
    anyone = "|".join(map(re.escape, nicks)) or r"(?!)"
    return re.compile(rf"(@(?:{anyone})(?![A-Za-z0-9_]))")
