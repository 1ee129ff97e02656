"""Handing a finished reply over, part by part: who resumes a delivery repeats none that is certainly out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.answering.render import as_messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.answering.reply import Reply
    from rag_on_dingtalk.state.turns import Record


async def deliver(record: Record, reply: Reply, note: Callable[[Record], Awaitable[None]]) -> Record:
    """Send the parts that are not out yet; returns the record with the channel that took the reply.

    note: writes the record between two parts; a part that was sent but not noted is sent again by whoever
        resumes. For a card that is harmless, it is overwritten with the same text; for a message it is the
        one way left to see something twice.

    Raises:
        DingTalkError: no channel took it.
    """
    if record.channel == "card" and record.sent == 0:
        failed = bool(record.failure) and not record.answer
        if await reply.close_card(record.parts[0], failed=failed, suggestions=record.suggestions):
            record = msgspec.structs.replace(record, sent=1)
        else:
            record = msgspec.structs.replace(record, channel="message")
    if record.channel == "message" and record.sent == 0:
        # What fits on one card may take several messages.
        first, *rest = record.parts
        record = msgspec.structs.replace(record, parts=(*as_messages(first), *rest))
    channel = record.channel
    while record.sent < len(record.parts) + len(record.files):
        if record.sent:
            await note(record)
        if record.sent < len(record.parts):
            taken_by = await reply.send(record.parts[record.sent])
            channel = taken_by if channel == "message" else channel
        else:
            await reply.send_file(record.files[record.sent - len(record.parts)])
        record = msgspec.structs.replace(record, sent=record.sent + 1)
    return msgspec.structs.replace(record, channel=channel)
