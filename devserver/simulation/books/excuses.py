"""When a second answer is no breach: no attempt could have known that the first one was out. Pure.

No key lets DingTalk tell a message that is sent again from a new one, and no write to Tablestore happens
together with a call to DingTalk. Between DingTalk's yes and the record of it, a sender can be lost. The
design says: twice rather than never. So an answer may be followed by another one when

- its sender never had DingTalk's yes: the answer was lost, or the sender was killed before;
- its sender had the yes and was killed, or frozen, before a write to the question's row was carried out;
- its sender had the yes, tried to record it, and Tablestore took none of its writes;
- its sender was the first attempt (or a second delivery, which cannot be told from the first) and Tablestore
  had not answered a single one of its calls about the question: an answer without memory is better than
  none. Not if an earlier invocation of the same instance had answered: memory in the process tells that;
- it is a card whose creation was in doubt in one of these ways: a message follows a card of which no record
  says that it was delivered;
- it is a card whose end DingTalk did not take in time, so that a message went out: the card must be closed
  all the same, later.

None of it excuses a sender that another invocation had taken over when it sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.simulation.services.dingtalk import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devserver.simulation.services.dingtalk import Card, Change
    from devserver.simulation.services.tablestore import Tables
    from devserver.simulation.world import Work


class Excuses:
    """For one question.

    changes: all that was sent for it.
    """

    def __init__(self, turn_id: str, tables: Tables, changes: Sequence[Change]) -> None:
        self._accesses = [one for one in tables.accesses if one.turn_id == turn_id]
        self._ownership = tables.ownership.get(turn_id, [])
        self._changes = changes

    def message(self, change: Change) -> str:
        """Why another answer may follow this one; empty: none may."""
        if self.blind(change):
            return "answered without Tablestore"
        if self.taken_over(change):
            return ""
        return self._in_doubt(change)

    def card(self, card: Card) -> str:
        """The same for a card that is finished."""
        end = next((frame for frame in card.frames if frame.kind == "final"), None)
        if end is not None and (reason := self.message(end)):
            return reason
        if reason := self.message(card.creation):
            return f"delivery in doubt: {reason}"
        told = min((one.sent for one in self._changes if isinstance(one, Message)), default=0.0)
        if end is not None and any(at < told < end.at for at in card.failed_ends):
            return "could not be closed before a message went out"
        return ""

    def unknown(self) -> bool:
        """Whether the question never got a row, because calls about it failed in every invocation."""
        calls: dict[object, bool] = {}
        for one in self._accesses:
            calls[one.work] = calls.get(one.work, False) or one.heard is None
        return not self._ownership and all(calls.values())

    def taken_over(self, change: Change) -> bool:
        """Whether the row named another owner when this was sent."""
        if change.work is None:
            return False
        owner = ""
        for span in self._ownership:
            if span.at > change.sent:
                break
            owner = span.owner
        return owner not in ("", change.work.owner)

    def claims_of(self, change: Change) -> int:
        """How often its sender had become the owner when it was sent."""
        owner = change.work.owner if change.work else ""
        return sum(span.owner == owner and span.at <= change.sent for span in self._ownership)

    def blind(self, change: Change) -> bool:
        """Whether its sender had never heard of the question from Tablestore, and may answer all the same."""
        work = change.work
        if work is None or not self._had_not_heard(work, change.sent):
            return False
        return not any(
            other.work is not None
            and other.work is not work
            and other.work.process is work.process
            and other.sent < change.sent
            for other in self._changes
        )

    def _had_not_heard(self, work: Work, at: float) -> bool:
        """Whether Tablestore had told a first attempt nothing of the question, though it was asked."""
        if work.role != "answer" or work.attempt > 1:
            return False
        mine = [one for one in self._accesses if one.work is work and one.sent <= at]
        return bool(mine) and not any(one.heard is not None and one.heard <= at for one in mine)

    def _in_doubt(self, change: Change) -> str:
        if change.acknowledged is None or change.acknowledged_by is None:
            return "its answer was lost"
        work, known = change.acknowledged_by, change.acknowledged
        writes = [one for one in self._accesses if one.work is work and one.write and one.sent >= known]
        until = min((one.applied for one in writes if one.took and one.applied), default=float("inf"))
        killed_at = work.process.killed_at
        if killed_at is not None and known <= killed_at < until:
            return "killed before the record"
        spans = work.process.frozen_spans
        if any(begin <= until and end >= change.sent for begin, end in spans):
            return "frozen before the record"
        if until == float("inf") and any(one.applied is None for one in writes):
            return "no record was taken"
        return ""
