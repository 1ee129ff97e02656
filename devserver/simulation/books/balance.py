"""The books of one schedule: every question has exactly one answer that its asker sees. Pure.

What is a breach
- no answer: neither a finished card that was delivered nor a message, after every retry, failed_answer, and a
  day of housekeeping. Not counted when Tablestore answered no call about the question (or KMS let no bot be
  built that could have called), from the first attempt to failed_answer's last, and all of these failed as
  they must: nothing remembers the question then, and only the first attempt may answer without memory.
- card left open: a delivered card looks as if it were being written for ever. Not counted of a question that
  is lost, see above.
- answered twice: two answers, of which more than one has no excuse; see `excuses.py`.
- frame after the end: it was sent when the card was finished already, so its writer could have known. A frame
  that was on its way when the final one arrived cannot be called back and is no breach.
- frame by an owner that was taken over: when it was sent, the question's row named another owner.
- card given up: an owner that Tablestore answers has shown a part of the answer on a card, so it is recorded
  that the card was delivered; yet the answer came as a message, and DingTalk had taken every call. Not
  counted when the message's sender was blind.
- two writers: one writer's frames, another's, and then the first one's again, on one card.
- blank answer, turn left open: a finished answer without words; a row that is never finished.
- counted twice, not counted: see `counted.py`. changed its arm: see `arm_books.py`.
- answer of another key, asked more than once: see `cache_books.py`.
- taken in twice: an order was made from one message twice; see `services/skills.py`.
- two at a time: two questions of one conversation are put to the backend at the same time though nothing was
  wrong with any service, instance or clock. Otherwise out of order is better than unanswered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devserver.own_words import without_mention
from devserver.simulation.arm_books import arm_breaches
from devserver.simulation.books.account import Account, Breach
from devserver.simulation.books.attributed import attributed, is_notice
from devserver.simulation.cache_books import cache_breaches
from devserver.simulation.counted import miscounted
from devserver.simulation.limit_books import limit_breaches
from devserver.simulation.plan.weather import CALM
from devserver.simulation.services.skills import order_breaches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devserver.simulation.books.trace import Event
    from devserver.simulation.plan.draw import Plan, PlannedQuestion
    from devserver.simulation.services.dingtalk import DingTalk, Message
    from devserver.simulation.services.tablestore import Tables

_DISTURBANCES = ("FAULT", "tablestore.", "dingtalk.")


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
    told = attributed(plan, asked, tables, dingtalk)
    succeeded = {event.turn_id for event in events if event.kind == "done"}
    outcomes: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    breaches: list[Breach] = []
    # An answer that is given again is as long as it was the first time.
    refused = any(event.kind.startswith("dingtalk.") for event in events)
    given_long = plan.cache and any(one.long for one in asked.values())
    for turn_id in asked:
        card = dingtalk.cards.get(turn_id)
        account = Account(
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
    notices = Counter((one.turn_id, without_mention(one.text)) for one in dingtalk.messages if is_notice(one))
    breaches += (
        Breach("told twice that it is finished", turn_id, f"{number} messages")
        for (turn_id, _), number in notices.items()
        if number > 1
    )
    disturbed = any(event.kind.startswith(_DISTURBANCES) for event in events)
    breaches += (Breach(*one) for one in miscounted(list(asked), tables, disturbed=disturbed))
    return Books(outcomes, excused, tuple(breaches))


def _read(told: Mapping[str, list[Message]], dingtalk: DingTalk) -> dict[str, list[str]]:
    """What each asker reads at last."""
    return {
        turn_id: [message.text for message in messages]
        + ([card.text] if (card := dingtalk.cards.get(turn_id)) is not None and card.delivered else [])
        for turn_id, messages in told.items()
    }


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
