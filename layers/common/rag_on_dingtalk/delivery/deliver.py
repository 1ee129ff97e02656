"""Delivering a reply, part by part. A retry continues after the last part recorded as sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.rendering.render import as_messages
from rag_on_dingtalk.storage.turns.outcome import CardState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.delivery.answer_card import CardRecord
    from rag_on_dingtalk.delivery.reply_sender import ReplySender
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.texts import Texts


async def deliver(
    record: CardRecord,
    sender: ReplySender,
    texts: Texts,
    log: LogLine,
    *,
    watch: Callable[[], Awaitable[None]],
) -> None:
    """Send the parts and files that are not out yet; they are in the record already.

    Between two messages the record is confirmed. A message whose sender dies between DingTalk's yes and the
    record is sent again: twice rather than never. The last frame of a card may be sent again without harm.

    watch: lets the card be looked for later: its creation may be on its way still, or it is another
        delivery's.

    Raises:
        DingTalkError: no channel took it, or the card could not be closed and may be closed later.
        LostClaimError: another invocation has the turn.
    """
    if record.outcome.card is CardState.DELIVERED and record.outcome.sent == 0:
        await _close_card(record, sender)
    channel = "card" if record.outcome.card is CardState.DELIVERED else ""
    if not channel and record.outcome.sent == 0:
        # What fits on one card may take several messages.
        first, *rest = record.outcome.parts
        record.note(parts=(*as_messages(first), *rest))
        await record.commit()
    channel = await _send_messages(record, sender) or channel or record.outcome.channel
    if record.outcome.card is CardState.UNKNOWN and sender.may_have_cards:
        await _close_unknown_card(sender, texts, log, watch)
    elif record.outcome.card is CardState.NONE and record.away and sender.may_have_cards:
        # Another delivery that Tablestore did not answer may have created one and died. While it lives it is
        # not to be disturbed.
        await watch()
    record.note(channel=channel)


async def _close_card(record: CardRecord, sender: ReplySender) -> None:
    outcome = record.outcome
    failed = bool(outcome.failure) and not outcome.answer
    try:
        await sender.close_card(
            outcome.parts[0], failed=failed, suggestions=outcome.suggestions, offer=outcome.offer
        )
    except DingTalkError:
        await _send_instead(record, sender)
    else:
        record.note(sent=1)


async def _send_instead(record: CardRecord, sender: ReplySender) -> None:
    """The reply goes out as a message; what has become of the card is looked at after that.

    If the message cannot leave either, the next owner closes the card: DingTalk may have closed it already,
    and the same frame changes nothing then.
    """
    first, *more = as_messages(record.outcome.parts[0])
    if more:
        # One message is not the whole of what the card has: the cut is recorded before any of it leaves.
        record.note(card=CardState.UNKNOWN)
        return
    channel = await sender.send(first)
    record.note(card=CardState.UNKNOWN, sent=1, channel=channel)


async def _send_messages(record: CardRecord, sender: ReplySender) -> str:
    """Send what is left; returns which channel took the last part, empty if none was left."""
    channel = ""
    parts, files = record.outcome.parts, record.outcome.files
    for number in range(record.outcome.sent, len(parts) + len(files)):
        if number:
            await record.commit()
        if number < len(parts):
            channel = await sender.send(parts[number])
        else:
            await sender.send_file(files[number - len(parts)])
        record.note(sent=number + 1)
    return channel


async def _close_unknown_card(
    sender: ReplySender, texts: Texts, log: LogLine, watch: Callable[[], Awaitable[None]]
) -> None:
    """If a card is there, it must not look as if the answer were still being written.

    Raises:
        DingTalkError: DingTalk is away; the card is closed by the next attempt.
    """
    try:
        there = await sender.close_card(texts.say("see_message"), failed=False, suggestions=(), certain=False)
    except DingTalkError as error:
        if error.retryable:
            raise
        log("unknown_card_not_closed", level="WARNING", code=error.code, error=str(error))
    else:
        if not there:
            await watch()
