"""Telling the asker in a group that an answer which took long is finished.

A card mentions its asker when it is created, at which time there is nothing to read. A message by the
conversation's webhook costs no call of the OpenAPI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import msgspec

from rag_on_dingtalk.delivery.pacing import Level
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.storage.turns.outcome import CardState

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.delivery.answer_card import CardRecord
    from rag_on_dingtalk.delivery.reply_sender import ReplySender
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.texts import Texts

#: What the message may take: the answer is out, and the turn waits to be recorded as done.
_SECONDS = 3.0


async def notify_asker(
    question: Question,
    record: CardRecord,
    sender: ReplySender,
    texts: Texts,
    *,
    after_seconds: float,
    clock: Callable[[], int],
) -> None:
    """Mention the asker, once for all attempts, when the card was finished later than `after_seconds`.

    after_seconds: since the question was asked; 0: never. clock: milliseconds since the epoch.
    That it is sent is recorded before it is: when the invocation dies in between, the asker is not told.

    Raises:
        LostClaimError: another invocation has the turn.
    """
    outcome = record.outcome
    waited_ms = clock() - question.asked_ms
    if (
        not after_seconds
        or waited_ms < after_seconds * 1000
        or not question.conversation.is_group
        or not question.sender.staff_id
        or outcome.card is not CardState.DELIVERED
        or outcome.failure == FailureKind.STOPPED.value
        or outcome.timings.notified >= 0
        # Messages of the answer itself mention the asker.
        or outcome.channel == "webhook"
        or sender.reservation.level is not Level.AMPLE
        or not sender.may_use_webhook
    ):
        return
    record.note(timings=msgspec.structs.replace(outcome.timings, notified=waited_ms))
    await record.commit()
    if record.blind:
        # Tablestore is away: the next owner would not know of it.
        return
    with anyio.move_on_after(_SECONDS):
        await sender.send_by_webhook(texts.say("answer_ready"))
