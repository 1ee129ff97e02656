"""A click that asks something: the same question once more, or one that was suggested. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.models.question import Question, Sender, turn_id_of

if TYPE_CHECKING:
    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.storage.turns.row import TurnRow


def follow_up(action: CardAction, row: TurnRow) -> Question | None:
    """The question that a click on the card of a turn asks; None when there is nothing to ask.

    Its identity follows from the card and the click, so that clicking again asks nothing twice.
    """
    if action.action == "retry":
        may_repeat = row.lease.finished and is_asker(action, row.question)
        return _again(action, row.question) if may_repeat else None
    if action.action == "deeper":
        may_ask = row.lease.finished and is_asker(action, row.question) and row.outcome.route
        return _again(action, row.question, above=row.outcome.route) if may_ask else None
    if action.action == "ask" and action.words in row.outcome.suggestions:
        return _suggested(action, row.question, flow="flow" in row.outcome.facts)
    return None


def is_asker(action: CardAction, question: Question) -> bool:
    """Whether it was the asker who clicked; for an asker without a staff id this cannot be told."""
    return question.sender.staff_id in ("", action.user_id)


def _again(action: CardAction, question: Question, *, above: str = "") -> Question:
    return msgspec.structs.replace(
        question,
        turn_id=turn_id_of(question.bot, f"{action.action} {question.turn_id}"),
        above=above,
        asked_ms=action.clicked_ms,
        repeats=question.turn_id,
    )


def _suggested(action: CardAction, question: Question, *, flow: bool) -> Question | None:
    if flow and not is_asker(action, question):
        # A choice is the answer to what this person was asked.
        return None
    click = f"ask {question.turn_id} {action.user_id} {action.words}"
    return Question(
        turn_id=turn_id_of(question.bot, click),
        bot=question.bot,
        message_id=question.message_id,
        text=action.words,
        # A choice belongs to the card it stands on: see `pipeline/stages/skills.py`.
        message_type="flow_choice" if flow else "text",
        repeats=question.turn_id if flow else "",
        # In a group any member may take the suggestion up, and continues in a session of their own.
        sender=question.sender
        if is_asker(action, question)
        else Sender(sender_id="", staff_id=action.user_id, corp_id=action.corp_id),
        conversation=question.conversation,
        asked_ms=action.clicked_ms,
        webhook=question.webhook,
    )
