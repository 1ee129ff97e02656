"""A turn ↔ the columns of its row in `turns`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.models.access import Decided
from rag_on_dingtalk.models.answer import Citation, FileMessage
from rag_on_dingtalk.models.question import Question
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import CardState, Outcome, Status, Timings

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Columns


class TurnRow(msgspec.Struct, frozen=True):
    """One row of `turns`."""

    question: Question
    lease: Lease
    outcome: Outcome


def columns_of(question: Question, lease: Lease, outcome: Outcome) -> Columns:
    """The whole row: Tablestore's TTL counts per cell, so every write renews every column."""
    return {
        "bot": question.bot,
        "question": question.text,
        "job": _json(question),
        "sender": question.sender.key,
        "conversation": question.conversation.id,
        "asked_ms": question.asked_ms,
        "out_track_id": question.turn_id,
        "owner": lease.owner,
        "lease_until": lease.until_ms,
        "attempt": lease.attempt,
        "status": outcome.status.value,
        "card": outcome.card.value,
        "channel": outcome.channel,
        "parts": _json(outcome.parts),
        "files": _json(outcome.files),
        "sent": outcome.sent,
        "answer": outcome.answer,
        "citations": _json(outcome.citations),
        "suggestions": _json(outcome.suggestions),
        "failure": outcome.failure,
        "nothing_found": outcome.nothing_found,
        "backend_message_id": outcome.backend_message_id,
        "set_aside_in": outcome.set_aside_in,
        "calls": outcome.calls,
        "timings": _json(outcome.timings),
        "facts": _json(outcome.facts),
        # Only where a bot has routes or rules.
        **{name: value for name in _OF_ACCESS if (value := getattr(outcome, name))},
        **({"decided": _json(outcome.decided)} if outcome.decided is not None else {}),
    }


_OF_ACCESS = ("route", "refused", "offer", "private", "silent")


def read_row(row: Columns) -> TurnRow:
    """The columns of a row, as this version or 0.1 wrote them."""
    outcome = Outcome(
        status=_STATUS_BEFORE.get(str(row["status"])) or Status(row["status"]),
        card=CardState(row["card"]) if "card" in row else _card_before(str(row["channel"])),
        channel=str(row["channel"]),
        parts=msgspec.json.decode(str(row["parts"]), type=tuple[str, ...]),
        files=msgspec.json.decode(str(row.get("files", "[]")), type=tuple[FileMessage, ...]),
        sent=int(row["sent"]),
        answer=str(row["answer"]),
        citations=msgspec.json.decode(str(row["citations"]), type=tuple[Citation, ...]),
        suggestions=msgspec.json.decode(str(row["suggestions"]), type=tuple[str, ...]),
        failure=str(row["failure"]),
        nothing_found=bool(row["nothing_found"]),
        backend_message_id=str(row["backend_message_id"]),
        set_aside_in=str(row.get("set_aside_in", "")),
        calls=int(row["calls"]),
        timings=msgspec.json.decode(str(row["timings"]), type=Timings),
        facts=msgspec.json.decode(str(row.get("facts", "{}")), type=dict[str, str | int]),
        route=str(row.get("route", "")),
        refused=str(row.get("refused", "")),
        offer=str(row.get("offer", "")),
        private=bool(row.get("private", False)),
        silent=bool(row.get("silent", False)),
        decided=msgspec.json.decode(str(row["decided"]), type=Decided) if "decided" in row else None,
    )
    lease = Lease(str(row["owner"]), int(row["lease_until"]), int(row["attempt"]))
    return TurnRow(msgspec.json.decode(str(row["job"]), type=Question), lease, outcome)


#: Rows written before version 0.2 say this; the card's state has a column of its own now.
_STATUS_BEFORE = {"card_out": Status.CLAIMED}


def _card_before(channel: str) -> CardState:
    """What a row without the column `card` says; version 0.1 wrote `card` only at the end."""
    return CardState(channel) if channel in ("card", "message") else CardState.UNKNOWN


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
