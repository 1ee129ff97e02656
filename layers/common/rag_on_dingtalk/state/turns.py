"""`turns`: one row per question, and the claim that lets exactly one invocation answer it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import LostClaimError, StateError
from rag_on_dingtalk.model import Citation, FileMessage, Question
from rag_on_dingtalk.state.conditions import missing_or_below, missing_or_equal, there_and_equal
from rag_on_dingtalk.state.tables import TURNS

if TYPE_CHECKING:
    from rag_on_dingtalk.state.client import Columns, Rows

#: A finished turn is never free again: no clock reaches this millisecond.
_NEVER_MS = 2**53


class Status(str, Enum):
    """How far a question has come.

    CARD_OUT is written only when there is no card: one that is there is found again by its id.
    """

    CLAIMED = "claimed"
    CARD_OUT = "card_out"
    ANSWERING = "answering"
    DONE = "done"
    FAILED = "failed"


class Timings(msgspec.Struct, frozen=True):
    """When each stage was reached, in milliseconds since the invocation began; -1: it was not.

    first_piece: the backend's first text; first_frame: that text on the card; closed: the reply was out.
    """

    claimed: int = -1
    first_piece: int = -1
    first_frame: int = -1
    closed: int = -1


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a turn, for whoever continues it and for the inspector.

    owner, lease_until: who answers, and until when nobody else may (milliseconds since the epoch).
    attempt: 1 for the first invocation.
    channel: how the reply goes out: `card`, `message`, or empty while that is open; once finished `card`,
        `webhook` or `openapi`, whichever took it.
    parts, files: the whole reply, once it is known; sent: how many of them are out for certain, parts first.
    suggestions: questions the person may ask next with a tap.
    failure: a FailureKind, or empty. nothing_found: the documents held no answer.
    calls: DingTalk API calls spent.
    """

    owner: str
    lease_until: int
    attempt: int = 1
    status: Status = Status.CLAIMED
    channel: str = ""
    parts: tuple[str, ...] = ()
    files: tuple[FileMessage, ...] = ()
    sent: int = 0
    answer: str = ""
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()
    failure: str = ""
    nothing_found: bool = False
    backend_message_id: str = ""
    calls: int = 0
    timings: Timings = Timings()

    @property
    def finished(self) -> bool:
        """The person has the reply."""
        return self.lease_until == _NEVER_MS


class Refused(str, Enum):
    """Why a claim was not given."""

    TAKEN = "taken"
    DONE = "done"


class Turns:
    """The claim on a question, and its record while it is answered and afterwards."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def claim(self, question: Question, *, owner: str, now_ms: int, lease_ms: int) -> Record | Refused:
        """Ask to be the one who answers; the record tells how far an earlier attempt came.

        owner: unique per invocation.
        lease_ms: until when, in milliseconds since the epoch; every later write may extend it.

            put, if there is no row
            |  claimed → card_out → answering → done: lease_until = never
            |-------------------------------|---------------------------------> time
            |   others: TAKEN               |   dead before it was done: the next one
            |                               |   continues from its record; done: DONE
            now                    lease_until, as last renewed

        Raises:
            StateError: Tablestore could not be asked.
        """
        fresh = Record(owner=owner, lease_until=lease_ms)
        found = None
        for _ in range(2):
            if await self._put_unless_ambiguous(question, fresh, missing_or_below("lease_until", 0)):
                return fresh
            # Somebody else has it, or our own put went through and its answer was lost: the owner tells.
            # No row at all: the put itself was lost.
            found = await self.read(question.turn_id)
            if found is not None:
                break
        if found is None:
            raise StateError("unreachable", "the claim was not confirmed and is not there")
        if found.owner == owner:
            return found
        if found.finished:
            return Refused.DONE
        if found.lease_until >= now_ms:
            return Refused.TAKEN
        heir = msgspec.structs.replace(found, owner=owner, lease_until=lease_ms, attempt=found.attempt + 1)
        # Not the owner alone: it may live after all, and renew or finish between our read and this.
        if await self._put_unless_ambiguous(
            question, heir, there_and_equal("lease_until", found.lease_until)
        ):
            return heir
        # Another heir was faster, or the answer was lost again; asking once more tells.
        return Refused.TAKEN

    async def read(self, turn_id: str) -> Record | None:
        """The record of a turn, if there is one."""
        row = await self._rows.get(TURNS, turn_id)
        return None if row is None else _record(row)

    async def find(self, turn_id: str) -> tuple[Question, Record] | None:
        """The question of a turn and how far it came, if there is such a turn.

        Raises:
            StateError: Tablestore could not be asked.
        """
        row = await self._rows.get(TURNS, turn_id)
        if row is None:
            return None
        return msgspec.json.decode(str(row["job"]), type=Question), _record(row)

    async def write(self, question: Question, record: Record) -> None:
        """Record how far the turn has come.

        Raises:
            LostClaimError: the lease ended and another invocation has the turn.
        """
        # The row is missing when Tablestore was away at the time of the claim.
        ours = missing_or_equal("owner", record.owner)
        if not await self._rows.put(TURNS, question.turn_id, _row(question, record), ours):
            raise LostClaimError(f"The turn {question.turn_id} was taken over; stop answering it.")

    async def finish(self, question: Question, record: Record) -> None:
        """Record that the person has the reply; from now on the turn is DONE for everybody.

        Raises:
            LostClaimError: as for `write`.
        """
        status = Status.FAILED if record.failure else Status.DONE
        await self.write(question, msgspec.structs.replace(record, status=status, lease_until=_NEVER_MS))

    async def release(self, question: Question, record: Record) -> None:
        """Give the turn back unanswered, so that FC's retry need not wait for the lease to end.

        Raises:
            LostClaimError: as for `write`.
        """
        await self.write(question, msgspec.structs.replace(record, lease_until=0))

    async def _put_unless_ambiguous(self, question: Question, record: Record, condition: object) -> bool:
        try:
            return await self._rows.put(TURNS, question.turn_id, _row(question, record), condition)
        except StateError as error:
            if not error.ambiguous:
                raise
        return False


def _row(question: Question, record: Record) -> Columns:
    """The whole row: Tablestore's TTL counts per cell, so every write renews every column."""
    return {
        "bot": question.bot,
        "question": question.text,
        "job": _json(question),
        "sender": question.sender.key,
        "conversation": question.conversation.id,
        "asked_ms": question.asked_ms,
        "out_track_id": question.turn_id,
        "owner": record.owner,
        "lease_until": record.lease_until,
        "attempt": record.attempt,
        "status": record.status.value,
        "channel": record.channel,
        "parts": _json(record.parts),
        "files": _json(record.files),
        "sent": record.sent,
        "answer": record.answer,
        "citations": _json(record.citations),
        "suggestions": _json(record.suggestions),
        "failure": record.failure,
        "nothing_found": record.nothing_found,
        "backend_message_id": record.backend_message_id,
        "calls": record.calls,
        "timings": _json(record.timings),
    }


def _record(row: Columns) -> Record:
    return Record(
        owner=str(row["owner"]),
        lease_until=int(row["lease_until"]),
        attempt=int(row["attempt"]),
        status=Status(row["status"]),
        channel=str(row["channel"]),
        parts=msgspec.json.decode(str(row["parts"]), type=tuple[str, ...]),
        # Rows from before an upgrade lack it.
        files=msgspec.json.decode(str(row.get("files", "[]")), type=tuple[FileMessage, ...]),
        sent=int(row["sent"]),
        answer=str(row["answer"]),
        citations=msgspec.json.decode(str(row["citations"]), type=tuple[Citation, ...]),
        suggestions=msgspec.json.decode(str(row["suggestions"]), type=tuple[str, ...]),
        failure=str(row["failure"]),
        nothing_found=bool(row["nothing_found"]),
        backend_message_id=str(row["backend_message_id"]),
        calls=int(row["calls"]),
        timings=msgspec.json.decode(str(row["timings"]), type=Timings),
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
