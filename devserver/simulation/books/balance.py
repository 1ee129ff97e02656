"""The books of one schedule: every question has exactly one answer that its asker sees. Pure.

What is a breach
- no answer: neither a finished card that was delivered nor a message, after every retry, failed_answer, and a
  day of housekeeping. Not counted when Tablestore answered no call about the question (or KMS let no bot be
  built that could have called), from the first attempt to failed_answer's last, and all of these failed as
  they must: nothing remembers the question then, and only the first attempt may answer without memory.
- card left open: a delivered card looks as if it were being written for ever. Not counted when its creator
  never heard from Tablestore and was killed, and another first delivery has answered that was blind then, or
  when it answered, or had the turn before: it was refused a card, or its reply needs none, and it looks for
  none that is created later.
- answered twice: two answers, of which more than one has no excuse; see `excuses.py`.
- frame after the end: it was sent when the card was finished already, so its writer could have known. A frame
  that was on its way when the final one arrived cannot be called back and is no breach.
- frame by an owner that was taken over: when it was sent, the question's row named another owner.
- card given up: an owner that Tablestore answers has shown a part of the answer on a card, so it is recorded
  that the card was delivered; yet the answer came as a message, and DingTalk had taken every call.
- two writers: one writer's frames, another's, and then the first one's again, on one card.
- blank answer, turn left open: a finished answer without words; a row that is never finished.
- counted twice, not counted: see `counted.py`. changed its arm: see `arm_books.py`.
- answer of another key, asked more than once: see `cache_books.py`.
- taken in twice: an order was made from one message twice; see `services/skills.py`.
- two at a time: two questions of one conversation are put to the backend at the same time though nothing was
  wrong with any service, instance or clock. Otherwise out of order is better than unanswered.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from devserver.own_words import NOTICES, POINTER, without_mention
from devserver.simulation.arm_books import arm_breaches
from devserver.simulation.books.excuses import Excuses
from devserver.simulation.cache_books import cache_breaches
from devserver.simulation.counted import miscounted
from devserver.simulation.limit_books import limit_breaches
from devserver.simulation.plan.weather import CALM
from devserver.simulation.services.skills import order_breaches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devserver.simulation.books.trace import Event
    from devserver.simulation.plan.draw import Plan, PlannedQuestion
    from devserver.simulation.services.dingtalk import Card, Change, DingTalk, Message
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

_TOKEN = re.compile("〔[0-9]{4,}〕")
_DISTURBANCES = ("FAULT", "tablestore.", "dingtalk.")


@dataclass(frozen=True)
class Breach:
    """A promise that was not kept, for one question."""

    kind: Kind
    turn_id: str
    detail: str


@dataclass(frozen=True)
class Books:
    """The result of a schedule.

    outcomes: how questions were answered → how many. excused: why something was seen twice → how often.
    """

    outcomes: Counter[str]
    excused: Counter[str]
    breaches: tuple[Breach, ...]


def balance(
    plan: Plan,
    asked: Mapping[str, PlannedQuestion],
    tables: Tables,
    dingtalk: DingTalk,
    events: Sequence[Event],
) -> Books:
    """Make the books."""
    told = _attributed(plan, asked, tables, dingtalk)
    succeeded = {event.turn_id for event in events if event.kind == "done"}
    outcomes: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    breaches: list[Breach] = []
    # An answer that is given again is as long as it was the first time.
    refused = any(event.kind.startswith("dingtalk.") for event in events)
    given_long = plan.cache and any(one.long for one in asked.values())
    for turn_id in asked:
        card = dingtalk.cards.get(turn_id)
        account = _Account(
            turn_id,
            card,
            told[turn_id],
            tables,
            long=given_long or asked[turn_id].long,
            succeeded=turn_id in succeeded,
            refused=refused,
        )
        outcomes[account.outcome()] += 1
        excused.update(account.excused())
        breaches += account.breaches()
    breaches += _two_at_a_time(plan, asked, events)
    breaches += [
        Breach(kind, turn_id, detail)  # type: ignore[arg-type]  # its kinds are some of Kind
        for kind, turn_id, detail in limit_breaches(plan, asked, tables, events)
    ]
    breaches += [
        Breach(kind, turn_id, detail)  # type: ignore[arg-type]  # as above
        for kind, turn_id, detail in cache_breaches(plan, asked, _read(told, dingtalk), events)
    ]
    breaches += [Breach(kind, turn_id, detail) for kind, turn_id, detail in arm_breaches(events)]  # type: ignore[arg-type]  # as above
    tokens = {turn_id: planned.token for turn_id, planned in asked.items()}
    breaches += [
        Breach(kind, turn_id, detail)  # type: ignore[arg-type]  # as above
        for kind, turn_id, detail in order_breaches(events, tokens)
    ]
    notices = Counter(
        (one.turn_id, without_mention(one.text)) for one in dingtalk.messages if _is_notice(one)
    )
    breaches += (
        Breach("told twice that it is finished", turn_id, f"{number} messages")
        for (turn_id, _), number in notices.items()
        if number > 1
    )
    disturbed = any(event.kind.startswith(_DISTURBANCES) for event in events)
    breaches += (Breach(*one) for one in miscounted(list(asked), tables, disturbed=disturbed))
    return Books(outcomes, excused, tuple(breaches))


class _Account:
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
        if card is not None and not card.closed and not self._lost and not self._of_two_blind(card):
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

    def _of_two_blind(self, card: Card) -> bool:
        creator = card.creation.work
        if creator is None or creator.process.killed_at is None or not self._excuses.blind(card.creation):
            return False
        return any(
            self._excuses.blind(one)
            or self._excuses.had_not_heard(one.work, card.creation.sent)
            or self._excuses.owned(one.work, card.creation.sent)
            for one in self._messages
            if one.work is not None and one.work is not creator
        )

    def _given_up(self, card: Card) -> bool:
        if card.text != POINTER or self._refused or self._excuses.blind(card.creation):
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
            if self._excuses.taken_over(frame) and not self._excuses.blind(frame) and not refers:
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


def _read(told: Mapping[str, list[Message]], dingtalk: DingTalk) -> dict[str, list[str]]:
    """What each asker reads at last."""
    return {
        turn_id: [message.text for message in messages]
        + ([card.text] if (card := dingtalk.cards.get(turn_id)) is not None and card.delivered else [])
        for turn_id, messages in told.items()
    }


def _attributed(
    plan: Plan, asked: Mapping[str, PlannedQuestion], tables: Tables, dingtalk: DingTalk
) -> dict[str, list[Message]]:
    """The messages of each turn: by its webhook, by the token in the text, by whose invocation sent it.

    Where answers are given again the token is that of the first asker, and tells nothing.
    A sentence without a token that housekeeping sends through the OpenAPI is of the turn that this round had
    claimed last.
    """
    told: dict[str, list[Message]] = {turn_id: [] for turn_id in asked}
    by_token = {} if plan.cache else {one.token: turn_id for turn_id, one in asked.items()}
    for message in dingtalk.messages:
        if _is_notice(message):
            continue
        tokens = [found for found in _TOKEN.findall(message.text) if found in by_token]
        turn_id = message.turn_id or (by_token[tokens[0]] if tokens else "")
        turn_id = turn_id or (message.work.turn_id if message.work else "")
        turn_id = turn_id or _claimed_last(message, tables)
        told[turn_id].append(message)
    return told


def _claimed_last(message: Message, tables: Tables) -> str:
    """The turn that its sender became the owner of last, before it sent."""
    owner = message.work.owner if message.work else ""
    claims = (
        (span.at, turn_id)
        for turn_id, spans in tables.ownership.items()
        for span in spans
        if span.owner == owner and span.at <= message.sent
    )
    return max(claims)[1]


def _is_notice(message: Message) -> bool:
    return without_mention(message.text) in NOTICES


def _two_at_a_time(
    plan: Plan, asked: Mapping[str, PlannedQuestion], events: Iterable[Event]
) -> Iterator[Breach]:
    if plan.tablestore is not CALM or any(plan.skews) or len(asked) < 2:
        return
    running: dict[str, list[str]] = {}
    found = []
    for event in events:
        if event.kind.startswith(_DISTURBANCES):
            return
        if event.kind == "asked":
            here = running.setdefault(asked[event.turn_id].chat, [])
            if here:
                found.append(Breach("two at a time", event.turn_id, f"beside {here[0]}"))
            here.append(event.turn_id)
        elif event.kind == "asked.over":
            running[asked[event.turn_id].chat].remove(event.turn_id)
    yield from found
