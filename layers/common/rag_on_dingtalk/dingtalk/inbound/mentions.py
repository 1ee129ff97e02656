"""Whom a message mentions: the bot's own name is taken out of the words, other people's are kept in. Pure.

DingTalk takes `@name` out of `text.content` and leaves the blank that followed it; who was mentioned is
in the list `atUsers`, by ids only. Some clients leave the names in. Rich text has a run for each mention.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.dingtalk.inbound.fields import clean, text_of
from rag_on_dingtalk.dingtalk.inbound.invisible import trimmed
from rag_on_dingtalk.models.question import Mention

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Stands for a person of whom the push holds nothing but an encrypted id.
UNNAMED = "@[未提供姓名的成员]"
_AT = "@＠"
# Patterns are compiled when a message needs them: a cold start has no time for those it does not.
#: A mention that was left in: not the middle of an e-mail address.
_LEFT_IN = rf"(?:^|(?<=\s))[{_AT}]\S"
#: Where a mention was taken out of the midst of the words, its blank and the one before it are left.
_GAP = r"(?<=\S)[ \u00a0\u2005]{2,}(?=\S)"
_MOST = 20


def people_in(body: Mapping[str, Any]) -> tuple[Mention, ...]:
    """The people in `atUsers`, the bot itself left out."""
    listed = body.get("atUsers")
    entries = [one for one in listed[:_MOST] if isinstance(one, dict)] if isinstance(listed, list) else []
    others = [one for one in entries if not is_bot(one, body)]
    people = [one for one in (_person(entry) for entry in others) if one is not None]
    unnamed = [one for one in people if one.mark == UNNAMED]
    if len(others) == len(entries) and unnamed:
        # The bot is in the list whenever it hears a message, though its id may be another one there.
        people.remove(unnamed[0])
    return tuple(people)


def _person(entry: Mapping[str, Any]) -> Mention | None:
    staff_id, name = text_of(entry, "staffId"), _bare(text_of(entry, "name") or text_of(entry, "nick"))
    if not (staff_id or name or text_of(entry, "dingtalkId") or text_of(entry, "unionId")):
        return None
    return Mention(mark_of(staff_id, name), staff_id, name)


def is_bot(listed: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether an entry of `atUsers`, or a run of rich text, is the robot's own."""
    bot = text_of(body, "chatbotUserId")
    return bool(bot) and bot in (text_of(listed, key) for key in ("dingtalkId", "atUserId", "userId"))


def mark_of(staff_id: str, name: str) -> str:
    """How a person stands in the words."""
    return f"@{name or staff_id}" if name or staff_id else UNNAMED


def without_bot(text: str, title: str) -> str:
    """The words without the bot's name in front of them and behind them, and without what is invisible there.

    title: the bot's name as people see it; only exactly this name counts. Empty: nothing is known to be it.
    """
    text = trimmed(text)
    if not title or not any(at in text for at in _AT):
        return text
    name = re.escape(title)
    front = re.compile(rf"[{_AT}]{name}(?!\w)[\s,，:：]*", re.IGNORECASE)
    back = re.compile(rf"[{_AT}]{name}\Z", re.IGNORECASE)
    for _ in range(_MOST):
        less = trimmed(back.sub("", front.sub("", text, count=1) if front.match(text) else text))
        if less == text:
            break
        text = less
    return text


def is_bot_name(text: str, title: str) -> bool:
    """Whether the words are nothing but a mention of the bot."""
    bare = trimmed(text)
    return bool(title) and bare[:1] in tuple(_AT) and bare[1:].casefold() == title.casefold()


def with_people(text: str, people: Sequence[Mention]) -> str:
    """The words with a mark for each person whose name DingTalk took out of them.

    Where the names stood is known only when there are as many gaps as people; else they go in front.
    """
    missing = [person.mark for person in people if not stands_in(person.mark, text)]
    if not missing or len(re.findall(_LEFT_IN, text)) >= len(people):
        return text
    if len(re.findall(_GAP, text)) == len(missing):
        waiting = iter(missing)
        return re.sub(_GAP, lambda _: f" {next(waiting)} ", text)
    return trimmed(f"{' '.join(missing)} {text}")


def stands_in(mark: str, text: str) -> bool:
    """Whether the words hold this very mark: `@user10` does not hold `@user1`."""
    return re.search(rf"{re.escape(mark)}(?![A-Za-z0-9_])", text) is not None


def named(text: str, people: Sequence[Mention], names: Mapping[str, str]) -> str:
    """The words with names in the place of the ids that are all a push holds of people.

    names: by staff id, as far as they could be had.
    """
    for person in people:
        if person.staff_id in names and not person.name:
            mark = mark_of("", names[person.staff_id])
            text = re.sub(rf"{re.escape(person.mark)}(?![A-Za-z0-9_])", mark.replace("\\", r"\\"), text)
    return text


def run_mention(run: Mapping[str, Any]) -> Mention | None:
    """The person a run of rich text mentions; None for a run that is no mention."""
    kind = (text_of(run, "type") or text_of(run, "msgType")).lower()
    name = _bare(text_of(run, "atName"))
    if kind not in ("at", "mention") and not name:
        return None
    name = name or _bare(text_of(run, "name") or text_of(run, "text") or text_of(run, "content"))
    staff_id = text_of(run, "staffId") or _plain_id(text_of(run, "atUserId") or text_of(run, "userId"))
    return Mention(mark_of(staff_id, name), staff_id, name)


def _bare(name: str) -> str:
    return clean(name).lstrip(_AT).strip()


def _plain_id(given: str) -> str:
    """An id that means something to people; an encrypted one does not."""
    return "" if given.startswith("$") else given
