"""A click that asks something: the same question once more, or one that was suggested. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.model import Question, Sender, turn_id_of

if TYPE_CHECKING:
    from rag_on_dingtalk.model import CardAction
    from rag_on_dingtalk.state.turns import Record


def follow_up(action: CardAction, question: Question, record: Record) -> Question | None:
    """The question that a click on the card of `question` asks; None when there is nothing to ask.

    Its identity follows from the card and the click, so that clicking again asks nothing twice.
    """
    if action.action == "retry":
        return _again(action, question) if record.finished and is_asker(action, question) else None
    if action.action == "ask" and action.words in record.suggestions:
        return _suggested(action, question)
    return None


def is_asker(action: CardAction, question: Question) -> bool:
    """Whether it was the asker who clicked; of somebody without a staff id nobody can say."""
    return question.sender.staff_id in ("", action.user_id)


def _again(action: CardAction, question: Question) -> Question:
    return msgspec.structs.replace(
        question,
        turn_id=turn_id_of(question.bot, f"retry {question.turn_id}"),
        asked_ms=action.clicked_ms,
        repeats=question.turn_id,
    )


def _suggested(action: CardAction, question: Question) -> Question:
    click = f"ask {question.turn_id} {action.user_id} {action.words}"
    return Question(
        turn_id=turn_id_of(question.bot, click),
        bot=question.bot,
        message_id=question.message_id,
        text=action.words,
        message_type="text",
        # In a group anybody may take the suggestion up, and continues in a session of their own.
        sender=question.sender
        if is_asker(action, question)
        else Sender(sender_id="", staff_id=action.user_id, corp_id=action.corp_id),
        conversation=question.conversation,
        asked_ms=action.clicked_ms,
        webhook=question.webhook,
    )
