"""A turn's reply: recorded before any of it leaves, then delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import msgspec

from rag_on_dingtalk.delivery.deliver import deliver
from rag_on_dingtalk.delivery.notify import notify_asker
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.observability.events import GIVEN_AGAIN, log_fields_of
from rag_on_dingtalk.pipeline.checks.masking import masked_reply
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.storage.knowledge.kept_answers import KeptAnswer
from rag_on_dingtalk.storage.turns.outcome import Status
from rag_on_dingtalk.worker.knowledge.offering import with_expert

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.events import QuestionEvent
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.storage.turns.outcome import Outcome
    from rag_on_dingtalk.worker.turn_record import TurnRecord

#: Of a question that is given back to its asker.
_QUOTED_CHARACTERS = 500


async def take(context: TurnContext, record: TurnRecord, reply: Reply) -> None:
    """Note a reply that was just reached, for the next commit; a card opens for one that needs it.

    Raises:
        LostClaimError: another invocation has the turn.
    """
    reply = with_expert(context, masked_reply(reply, context.bot.safety))
    if context.flight is not None:
        context.flight.answer = _to_share(context, reply)
    if reply.private:
        context.sender.only_to_asker()
    context.sender.extras = (*context.sender.extras, *reply.extras)
    if reply.on_card and not reply.silent:
        whole = not (reply.failure or reply.offer or reply.suggestions or reply.without_card)
        first = _with_note(context, reply)[0]
        waits = (whole or reply.at_once) and context.card.waits_for(first, at_once=reply.at_once)
        if waits:
            context.sender.suggestions, context.at_once = reply.suggestions, reply
        elif not await context.card.open(ready=True) and reply.without_card:
            reply = _without_card(reply)
    elif record.may_create_card:
        record.may_create_card = False
        record.note(card=record.no_card)
    record.note(
        parts=_with_note(context, reply),
        files=reply.files,
        answer=reply.answer,
        citations=reply.citations,
        failure=reply.failure.value if reply.failure else "",
        nothing_found=reply.nothing_found,
        suggestions=reply.suggestions,
        backend_message_id=reply.backend_message_id,
        refused=reply.refused,
        offer=reply.offer,
        private=reply.private,
        silent=reply.silent,
        timings=msgspec.structs.replace(
            record.outcome.timings, first_piece=reply.first_piece, first_frame=reply.first_frame
        ),
    )


def _without_card(reply: Reply) -> Reply:
    return msgspec.structs.replace(reply, parts=(reply.without_card, *reply.parts[1:]))


def _to_share(context: TurnContext, reply: Reply) -> KeptAnswer | None:
    """What is given to others who ask the same; None: nothing of it."""
    refused = reply.failure is not None or reply.nothing_found or _is_refusal(reply)
    if refused or reply.offer or not reply.answer.strip():
        return None
    return KeptAnswer(
        parts=reply.parts,
        answer=reply.answer,
        turn_id=context.question.turn_id,
        made_ms=context.clock(),
        citations=reply.citations,
        files=reply.files,
        suggestions=reply.suggestions,
    )


def _with_note(context: TurnContext, reply: Reply) -> tuple[str, ...]:
    """The reply, with what the limits have to say below it. A part has room for that: see `render`."""
    note = context.limits.note if context.limits is not None else ""
    if not note or reply.failure is not None or _is_refusal(reply):
        return reply.parts
    *before, last = reply.parts
    return (*before, f"{last}\n\n> {note}")


def _is_refusal(said: Reply | Outcome) -> bool:
    """Whether the asker has no right to an answer; the right may have ended while the question waited."""
    return said.silent or said.private or bool(said.refused)


def _is_free(context: TurnContext, outcome: Outcome) -> bool:
    """Whether the limits of the bot count no answer that was there already."""
    cache = context.settings.answer_cache
    return cache is not None and not cache.counts and outcome.facts.get("cache") in GIVEN_AGAIN


async def hand_out(context: TurnContext, record: TurnRecord) -> None:
    """Record the reply that is ready, and deliver it.

    Raises:
        DingTalkError: no channel took the reply.
        LostClaimError: another invocation has the turn.
    """
    record.note(status=Status.ANSWERING)
    # Nothing final leaves before the whole reply is recorded: the next owner would say something else.
    await record.commit()
    outcome = record.outcome
    if context.limits is not None:
        shown = bool(outcome.answer.strip())
        costs_nothing = _is_refusal(outcome) or _is_free(context, outcome)
        await context.limits.settle(outcome.failure, shown=shown, refused=costs_nothing)
    if outcome.silent:
        return
    if (
        not await context.card.open_finished()
        and context.at_once is not None
        and context.at_once.without_card
    ):
        # Where there is no card there is no button.
        record.note(parts=_with_note(context, _without_card(context.at_once)))
    await deliver(record, context.sender, context.texts, context.log, watch=context.card.watch)
    if context.flight is not None and context.settings.answer_cache is not None:
        await context.flight.land(context.settings.answer_cache.seconds)
    await context.quoted.remember_messages(context.question, context.sender.message_keys)
    await notify_asker(
        context.question,
        record,
        context.sender,
        context.texts,
        after_seconds=context.settings.notify_after_seconds,
        clock=context.clock,
    )
    outcome = record.outcome
    record.note(
        calls=outcome.calls + context.sender.calls,
        timings=msgspec.structs.replace(outcome.timings, closed=context.since_start()),
    )


def leave(context: TurnContext, record: TurnRecord) -> None:
    """Note for the next invocation what this one spent, and leave it the call that closes an open card."""
    record.note(
        calls=record.outcome.calls + context.sender.calls,
        set_aside_in=context.sender.reservation.leave_one(),
    )


async def close(context: TurnContext, record: TurnRecord) -> None:
    """Give back what the invocation holds of the bot, whatever came of the question."""
    with anyio.CancelScope(shield=True):
        if record.lost:
            await context.card.abandon()
        await context.lead_no_more()
        if context.places is not None:
            await context.places.leave()
        await context.sender.aclose()


async def give_up(context: TurnContext) -> Reply:
    """The sentence that there is no answer, with the question in it to send again."""
    context.fact(stage="given_up")
    await context.ticket.enter_without_waiting()
    asked = context.question.text[:_QUOTED_CHARACTERS]
    return Reply(parts=(context.texts.say("given_up", question=asked),), failure=FailureKind.INTERNAL)


def log_answered(event: QuestionEvent, record: TurnRecord, log: LogLine) -> None:
    """The line of an answered question: numbers, never words."""
    fields: dict[str, Any] = {**log_fields_of(event), **msgspec.structs.asdict(record.outcome.timings)}
    log("answered", **fields)
