"""What the asker of one question has seen, and what is wrong with it; `balance.py` has the rules. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from devserver.own_words import POINTER, without_mention
from devserver.simulation.books.excuses import Excuses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devserver.simulation.services.dingtalk import Card, Change, Message
    from devserver.simulation.services.tablestore import Tables

Kind = Literal[
    "no answer",
    "card left open",
    "answered twice",
    "frame after the end",
    "frame by an owner that was taken over",
    "two writers",
    "card given up",
    "blank answer",
    "turn left open",
    "two at a time",
    "told twice that it is finished",
    "counter out of step",
    "more than the limit",
    "counted without an answer",
    "answered without being counted",
    "more at a time than places",
    "counted twice",
    "not counted",
    "answer of another key",
    "asked more than once",
    "changed its arm",
    "taken in twice",
]


@dataclass(frozen=True)
class Breach:
    """A promise that was not kept, for one question."""

    kind: Kind
    turn_id: str
    detail: str


class Account:
    """One question and all that its asker has seen.

    long: an answer may take several messages. succeeded: Function Compute has taken an invocation for a
        success. refused: DingTalk did not take every call.
    """

    def __init__(
        self,
        turn_id: str,
        card: Card | None,
        messages: list[Message],
        tables: Tables,
        *,
        long: bool,
        succeeded: bool,
        refused: bool,
    ) -> None:
        self._turn_id = turn_id
        self._card = card if card is not None and card.delivered else None
        self._undelivered = card is not None and not card.delivered
        self._messages = messages
        self._tables = tables
        self._refused = refused
        changes: list[Change] = [*messages]
        if card is not None:
            changes += card.frames
        self._excuses = Excuses(turn_id, tables, changes)
        self._lost = not messages and not succeeded and self._excuses.unknown()
        # Each part of a long answer is sent once; of a short one everything is the whole.
        self._parts = [without_mention(one.text) if long else "" for one in messages]
        self._reasons = [self._excuses.message(message) for message in messages]
        if self._card is not None and self._card.closed and self._card.text != POINTER:
            self._parts.append(self._card.text.strip() if long else "")
            self._reasons.append(self._excuses.card(self._card))

    def outcome(self) -> str:
        """In a few words."""
        if not self._reasons:
            return "lost: no service that remembers could be reached" if self._lost else "nothing"
        if max(Counter(self._parts).values()) > 1:
            return "twice"
        return "by message" if self._messages else "on a card"

    def excused(self) -> Iterator[str]:
        """Why it may have been answered more than once, if it was."""
        if max(Counter(self._parts).values(), default=0) > 1:
            yield from (reason for reason in self._reasons if reason)

    def breaches(self) -> Iterator[Breach]:
        """What is wrong with it."""
        card = self._card
        if not self._reasons and not self._lost:
            yield self._breach("no answer", "its card reached no chat" if self._undelivered else "")
        if card is not None and not card.closed and not self._lost:
            yield self._breach("card left open", f"{len(self._messages)} messages beside it")
        reasons = zip(self._parts, self._reasons, strict=True)
        without = max(Counter(part for part, reason in reasons if not reason).values(), default=0)
        if without > 1:
            where = f"{len(self._messages)} messages" + (", a card" if card and card.closed else "")
            yield self._breach("answered twice", f"{where}; without excuse: {without}")
        texts = [message.text for message in self._messages]
        texts += [card.text] if card is not None and card.closed else []
        if any(not text.strip() for text in texts):
            yield self._breach("blank answer", "")
        row = self._tables.turn(self._turn_id)
        if row is not None and not self._tables.row_state(row)[1]:
            yield self._breach("turn left open", str(row.get("status", "")))
        if card is not None:
            yield from self._frames(card)
            if self._given_up(card):
                yield self._breach("card given up", f"{len(card.frames)} frames on it")

    def _given_up(self, card: Card) -> bool:
        if card.text != POINTER or self._refused or self._excuses.blind(card.creation):
            return False
        if any(self._excuses.blind(one) for one in self._messages):
            # Answered without knowing of the card's owner, which had died when Tablestore was back.
            return False
        return any(frame.kind == "text" and not self._excuses.blind(frame) for frame in card.frames)

    def _frames(self, card: Card) -> Iterator[Breach]:
        end = next((frame for frame in card.frames if frame.kind == "final"), None)
        for frame in card.frames:
            owner = frame.work.owner if frame.work else ""
            # After an end that is recorded nowhere, the next owner goes on in good faith; so does the card's
            # creator if it never heard from Tablestore. Others hear from DingTalk that there is a card.
            in_good_faith = self._excuses.blind(frame) and card.creation.work is frame.work
            known = end is not None and frame.sent >= end.at and not self._excuses.message(end)
            if frame.late and known and not in_good_faith:
                yield self._breach("frame after the end", f"of {owner}, sent at {frame.sent:.3f}")
            # Only its creator knows of a card that was created blind, so it refers to the owner's message.
            refers = frame.text == POINTER and self._excuses.blind(card.creation)
            refers = refers and card.creation.work is frame.work
            # A card that came late refers to the message; the row is its last owner's.
            late = frame.work is not None and frame.work.late_card and frame.text == POINTER
            if self._excuses.taken_over(frame) and not self._excuses.blind(frame) and not (refers or late):
                yield self._breach(
                    "frame by an owner that was taken over", f"of {owner}, sent at {frame.sent:.3f}"
                )
        writers: list[tuple[str, int]] = []
        for frame in sorted(card.frames, key=lambda one: one.sent):
            if self._excuses.blind(frame):
                continue
            # An invocation that was taken over may claim the turn again: then it is another writer.
            writer = (frame.work.owner if frame.work else "", self._excuses.claims_of(frame))
            if writer in writers[:-1]:
                yield self._breach("two writers", f"{writer[0]} wrote before and after {writers[-1][0]}")
                break
            if writers[-1:] != [writer]:
                writers.append(writer)

    def _breach(self, kind: Kind, detail: str) -> Breach:
        return Breach(kind, self._turn_id, detail)
