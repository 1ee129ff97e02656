"""What has come of a turn so far: the part of its row that the next owner continues from."""

from __future__ import annotations

from enum import Enum

import msgspec

from rag_on_dingtalk.models.access import Decided
from rag_on_dingtalk.models.answer import Citation, FileMessage


class Status(str, Enum):
    """How far a question has come.

    WAITING: its conversation answers an earlier question first, and no invocation holds it meanwhile.
    """

    CLAIMED = "claimed"
    WAITING = "waiting"
    ANSWERING = "answering"
    DONE = "done"
    FAILED = "failed"


class CardState(str, Enum):
    """What the record knows of the question's card.

    UNKNOWN: an invocation may have created it and died before it recorded whether it was delivered. Such a
        card is not relied on: the answer goes out as a message.
    UNTOUCHED: every invocation so far ended by itself and created none.
    DELIVERED: DingTalk confirmed that the card stands in the chat.
    NONE: there is none; the reply is a message.
    """

    UNKNOWN = ""
    UNTOUCHED = "untouched"
    DELIVERED = "card"
    NONE = "message"


class Timings(msgspec.Struct, frozen=True):
    """When each stage was reached, in milliseconds since the invocation began; -1: it was not.

    first_piece: the backend's first text; first_frame: that text on the card; closed: the reply was out.
    notified: the asker in a group was told that the answer is finished, in milliseconds since it was asked.
    """

    claimed: int = -1
    first_piece: int = -1
    first_frame: int = -1
    closed: int = -1
    notified: int = -1


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What has come of a turn so far: all that the next owner needs to continue.

    channel: once finished `card`, `webhook` or `openapi`, whichever took the reply.
    parts, files: the whole reply, once it is known; sent: how many of them are out for certain, parts first.
    suggestions: questions the person may ask next with a tap.
    failure: a FailureKind, or empty. nothing_found: the documents held no answer.
    calls: DingTalk API calls spent.
    set_aside_in: the month, `2026-11`, in which the call that closes the card is counted already; or empty.
    route: by which route the question was answered, or refused.
    refused: the asker was refused this route, and may ask for access; empty: nothing to ask for.
    offer: which further buttons the card has: `request`, `approve` or `again`.
    private: the reply is for the asker alone, also where the question came from a group.
    silent: there is nothing to say.
    decided: who may ask what was asked, and this came of it; None: no rule had to be asked.
    facts: what stages noted for the operators: the stage that replied, tokens.
    """

    status: Status = Status.CLAIMED
    card: CardState = CardState.UNKNOWN
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
    set_aside_in: str = ""
    timings: Timings = Timings()
    route: str = ""
    refused: str = ""
    offer: str = ""
    private: bool = False
    silent: bool = False
    decided: Decided | None = None
    facts: dict[str, str | int] = {}

    @property
    def is_ready(self) -> bool:
        """The whole reply is known; it is sent, not asked for again."""
        return bool(self.parts) or self.silent
