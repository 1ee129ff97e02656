"""Several messages that one person sends within a moment become one question.

The first message keeps its position and is delivered again after the moment; then it takes over the turns of
the messages that came meanwhile. Its record holds the whole question before theirs are finished: a crash in
between answers a message twice rather than never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import LostClaimError, StateError, UnreadableRowError
from rag_on_dingtalk.models.question import Question
from rag_on_dingtalk.storage.conversations.inbox import QueueEntry
from rag_on_dingtalk.storage.turns.turns import Claimed

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.conversations.ticket import QueueTicket
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.conversations.inbox import Inbox
    from rag_on_dingtalk.storage.turns.turns import Turns

#: The channel of a turn whose words were answered with another turn's.
MERGED = "merged"
#: More messages than one burst has.
_MOST = 10


class Part(msgspec.Struct, frozen=True):
    """A later message whose turn was taken over."""

    question: Question
    claimed: Claimed
    entry: QueueEntry


class Bursts:
    """Finds and finishes the later messages of a burst.

    clock: milliseconds since the epoch.
    """

    def __init__(self, turns: Turns, inbox: Inbox, *, clock: Callable[[], int], log: LogLine) -> None:
        self._turns = turns
        self._inbox = inbox
        self._clock = clock
        self._log = log

    async def take_over(
        self, ticket: QueueTicket, *, owner: str, lease_ms: int, within_ms: int
    ) -> list[Part]:
        """Claim the session's later messages that wait and came within that time of one another."""
        parts: list[Part] = []
        try:
            for entry in await self._followers(ticket, within_ms):
                row = await self._turns.read(entry.turn_id)
                if row is None or row.outcome.is_ready:
                    continue
                now_ms = self._clock()
                claim = await self._turns.claim(
                    row.question, owner=owner, now_ms=now_ms, until_ms=now_ms + lease_ms
                )
                # Taken: its own invocation is looking at it just now and will answer it by itself.
                if isinstance(claim, Claimed):
                    parts.append(Part(row.question, claim, entry))
        except (StateError, UnreadableRowError) as error:
            self._log("burst_not_read", level="WARNING", error=str(error))
        return parts

    async def finish(self, session_id: str, parts: list[Part]) -> None:
        """Record that the messages are answered with another turn; their own deliveries find that."""
        for part in parts:
            outcome = msgspec.structs.replace(part.claimed.outcome, channel=MERGED)
            try:
                await self._turns.finish(part.question, part.claimed.lease, outcome)
                await self._inbox.remove(session_id, part.entry)
            except (StateError, LostClaimError) as error:
                self._log("burst_not_finished", level="WARNING", error=str(error))

    async def _followers(self, ticket: QueueTicket, within_ms: int) -> list[QueueEntry]:
        now_ms, last_ms = self._clock(), ticket.entry.asked_ms
        found: list[QueueEntry] = []
        for entry in await self._inbox.entries(ticket.session_id):
            later = entry.order > ticket.entry.order and not entry.running and entry.lease_until >= now_ms
            if not later:
                continue
            if entry.asked_ms - last_ms > within_ms or len(found) >= _MOST:
                break
            last_ms = entry.asked_ms
            found.append(entry)
        return found


def joined(question: Question, parts: list[Part]) -> Question:
    """The whole question: the words line by line, the attachments in their order."""
    questions = [question, *(part.question for part in parts)]
    return msgspec.structs.replace(
        question,
        text="\n".join(one.text for one in questions if one.text),
        attachments=tuple(attachment for one in questions for attachment in one.attachments),
        mentions=tuple(mention for one in questions for mention in one.mentions),
        quote=next((one.quote for one in questions if one.quote is not None), None),
    )
