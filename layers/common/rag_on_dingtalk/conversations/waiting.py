"""Picture first, question after: what was sent without words goes with the next question. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.storage.conversations.sessions import Waiting

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Attachment, Question
    from rag_on_dingtalk.storage.conversations.sessions import Session
    from rag_on_dingtalk.texts import Texts

#: As many as go with one question.
_MOST = 6


def may_wait(question: Question, attachments: tuple[Attachment, ...], minutes: float) -> bool:
    """Whether a message without words is the beginning of a question.

    Who mentions the bot in a group or quotes a picture asks about it at once; so does 重新回答.
    """
    alone = not question.conversation.is_group and question.reply_to is None and not question.repeats
    return bool(attachments) and alone and minutes > 0


def add(session: Session, attachments: tuple[Attachment, ...], now_ms: int, minutes: float) -> Session:
    """The session with what was sent; the newest are kept when there are too many."""
    fresh = (*_fresh(session, now_ms, minutes), *(Waiting(one, now_ms) for one in attachments))
    return msgspec.structs.replace(session, waiting=fresh[-_MOST:])


def waiting_for(
    session: Session, question: Question, own: int, now_ms: int, minutes: float
) -> tuple[Attachment, ...]:
    """What goes with a question beside its own attachments.

    own: how many it has itself.
    """
    turns = ("", question.turn_id, question.repeats)
    found = [one.attachment for one in _fresh(session, now_ms, minutes) if one.taken_by in turns]
    room = max(_MOST - own, 0)
    return tuple(found[-room:]) if room else ()


def taken(session: Session, question: Question) -> Session:
    """The session after a question was answered: what went with it waits for none but its repetition."""
    marked = tuple(
        one if one.taken_by else msgspec.structs.replace(one, taken_by=question.turn_id)
        for one in session.waiting
    )
    return msgspec.structs.replace(session, waiting=marked)


def told(attachments: tuple[Attachment, ...], minutes: float, texts: Texts) -> str:
    """What the person is told."""
    names = texts.say("and").join(one.name for one in attachments if one.name)
    key = "kept_file" if names else "kept_picture"
    values = {"names": names} if names else {}
    return texts.say(key, minutes=f"{minutes:g}", **values)


def _fresh(session: Session, now_ms: int, minutes: float) -> tuple[Waiting, ...]:
    oldest = now_ms - int(minutes * 60_000)
    return tuple(one for one in session.waiting if one.sent_ms > oldest)
