"""The books: every question has exactly one answer, nothing is left open. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from devserver.chaos.books.attribution import attribute
from devserver.chaos.books.doubts import card_in_doubt, message_in_doubt
from devserver.chaos.books.order import out_of_place
from devserver.chaos.books.writers import went_on_beside
from devserver.own_words import POINTER
from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devserver.chaos.books.evidence import Asked, Evidence, ShownCard, ShownMessage, StoredTurn, Worked

Kind = Literal[
    "no answer",
    "blank answer",
    "card left open",
    "two cards",
    "card and message",
    "two messages",
    "closed twice",
    "frame after the final one",
    "two writers",
    "turn left open",
    "message to no question",
    "still running",
]

_LANGUAGE: texts.Language = "zh"
_GIVEN_BACK = texts.Texts(_LANGUAGE).say("given_up", question="").strip().rstrip(">").strip()
_FAILURES = tuple(texts.Texts(_LANGUAGE).failure(kind) for kind in FailureKind)

#: How DingTalk's side words what came after a card was finished: another final frame, or an unfinished one.
_AFTER_THE_FINAL_ONE: dict[str, Kind] = {
    "a finalize frame came after it": "closed twice",
    "a error frame came after it": "closed twice",
    "a text frame came after it": "frame after the final one",
}


@dataclass(frozen=True)
class Breach:
    """A promise that was not kept.

    token, turn_id: of the question; empty when it belongs to none.
    """

    kind: Kind
    token: str
    turn_id: str
    detail: str


@dataclass(frozen=True)
class Books:
    """The result of a run.

    outcomes: how questions were answered → how many.
    breaches: what must not happen.
    doubled: turns whose answer came twice because it was not known whether it had arrived: its sender was
        killed, or stopped for longer than its lease, before the record of it, or the answer to the creation
        of a card with all of it was lost; there is no key that would let DingTalk tell the two apart.
    blind: turns that were answered without Tablestore on one instance and, delivered again, on another one,
        too: neither could know of the other.
    told_and_answered: turns of which one delivery was refused with a sentence and another one answered.
    out_of_order: the fewest answers without which every session's came in order.
    violations: rules of DingTalk's that calls did not keep → how often.
    """

    outcomes: Counter[str]
    breaches: tuple[Breach, ...]
    doubled: tuple[str, ...]
    blind: tuple[str, ...]
    told_and_answered: tuple[str, ...]
    out_of_order: tuple[str, ...]
    violations: Counter[str]

    def hold(self, *, order: bool = False) -> bool:
        """Whether the promise was kept; with `order`, the order of the answers too."""
        return not self.breaches and not (order and self.out_of_order)


def balance(evidence: Evidence) -> Books:
    """Make the books."""
    attributed, strays = attribute(evidence)
    turns = {turn.turn_id: turn for turn in evidence.turns}
    outcomes: Counter[str] = Counter()
    breaches: list[Breach] = []
    doubled, blind, told_and_answered = [], [], []
    answered_at: dict[str, float] = {}
    for asked in evidence.asked:
        account = _Account(
            asked,
            cards=[card for card in evidence.cards if card.turn_id == asked.turn_id],
            messages=attributed.get(asked.turn_id, []),
            turn=turns.get(asked.turn_id),
            unseen=asked.turn_id in evidence.unseen,
            work=[one for one in evidence.work if one.turn_id in (asked.turn_id, "")],
            broken=[one.rule for one in evidence.broken if one.turn_id == asked.turn_id],
            two_writers=went_on_beside(
                (frame for frame in evidence.frames if frame.turn_id == asked.turn_id),
                [one for one in evidence.work if one.turn_id in (asked.turn_id, "")],
            ),
        )
        outcomes[account.outcome()] += 1
        breaches += account.breaches()
        if account.doubled:
            doubled.append(asked.turn_id)
        if account.blind and len(account.answers) > 1:
            blind.append(asked.turn_id)
        if asked.told_at_once and account.answers:
            told_and_answered.append(asked.turn_id)
        # What is given back was not answered, and is told without waiting in the queue.
        if account.answers and not account.given_back:
            answered_at[asked.turn_id] = min(at for at, _ in account.answers)
    breaches += [Breach("message to no question", "", "", one.text[:80]) for one in strays]
    breaches += [Breach("still running", "", "", what) for what in evidence.running]
    return Books(
        outcomes=outcomes,
        breaches=tuple(breaches),
        doubled=tuple(doubled),
        blind=tuple(blind),
        told_and_answered=tuple(told_and_answered),
        out_of_order=out_of_place(evidence.asked, answered_at),
        violations=Counter(broken.rule for broken in evidence.broken),
    )


class _Account:
    """One question and all that its asker has seen."""

    def __init__(
        self,
        asked: Asked,
        *,
        cards: list[ShownCard],
        messages: list[ShownMessage],
        turn: StoredTurn | None,
        unseen: bool,
        work: list[Worked],
        broken: list[str],
        two_writers: str,
    ) -> None:
        self._asked = asked
        self._cards = cards
        self._messages = messages
        self._turn = turn
        self._unseen = unseen
        self._work = work
        self._instances = len({one.instance for one in work if one.turn_id})
        self._broken = broken
        self._two_writers = two_writers
        self.answers: list[tuple[float, str]] = [
            *((card.closed_at, card.text) for card in self._answering(cards) if card.closed_at is not None),
            *((message.at, message.text) for message in messages),
        ]

    @staticmethod
    def _answering(cards: list[ShownCard]) -> list[ShownCard]:
        return [card for card in cards if card.text != POINTER]

    @property
    def doubled(self) -> bool:
        """Its answer came twice because it was not known whether it had arrived.

        Beside the answer of an instance that could not ask Tablestore, too, which came first.
        """
        return self._card_in_doubt or self._messages_doubled

    @property
    def _messages_doubled(self) -> bool:
        return self._twice(self._messages) or (self._with_a_blind_one and self._twice(self._messages[1:]))

    def _twice(self, messages: list[ShownMessage]) -> bool:
        return message_in_doubt(self._asked, messages, self._work)

    @property
    def _card_in_doubt(self) -> bool:
        return card_in_doubt(self._cards, self._messages, self._work)

    @property
    def blind(self) -> bool:
        """It was answered once more for each invocation that could not ask Tablestore for the others."""
        return self._with_a_blind_one and len(self.answers) <= 1 + self._asked.blind

    @property
    def _with_a_blind_one(self) -> bool:
        return self._asked.blind > 0 and self._instances > 1

    @property
    def given_back(self) -> bool:
        """The asker was told that it was tried several times, and what it was."""
        return any(_GIVEN_BACK in text for _, text in self.answers)

    def outcome(self) -> str:
        """In a few words."""
        if not self.answers:
            return "told at once" if self._asked.told_at_once else "nothing"
        where = "on a card" if len(self._messages) < len(self.answers) else "by message"
        return f"{_manner(self.answers[0][1])} {where}"

    def breaches(self) -> Iterator[Breach]:
        """What is wrong with it."""
        yield from self._wrong_number()
        yield from self._wrong_order()
        if self._turn is None and self._asked.taken:
            yield self._breach("turn left open", "there is no row")
        if self._turn is not None and not self._turn.over:
            yield self._breach("turn left open", f"its status is {self._turn.status}")

    def _wrong_number(self) -> Iterator[Breach]:
        if not self.answers and not self._asked.told_at_once:
            where = "on a card that was delivered nowhere" if self._unseen else "the asker was told nothing"
            yield self._breach("no answer", where)
        if any(not text.strip() for _, text in self.answers):
            yield self._breach("blank answer", "a closed card or a message without words")
        if any(card.closed_at is None for card in self._cards):
            yield self._breach("card left open", "it looks as if still being written")
        if len(self._cards) > 1:
            yield self._breach("two cards", f"{len(self._cards)} cards")
        closed = any(card.closed_at is not None for card in self._answering(self._cards))
        if self._messages and closed and not (self.blind or self._card_in_doubt):
            yield self._breach("card and message", self._messages[0].text[:80])
        if len(self._messages) > 1 and not (self._messages_doubled or self.blind):
            yield self._breach("two messages", " | ".join(one.text[:40] for one in self._messages))

    def _wrong_order(self) -> Iterator[Breach]:
        for rule in dict.fromkeys(self._broken):
            for sentence, kind in _AFTER_THE_FINAL_ONE.items():
                # After its message an instance closes a card of which it does not know whether it is there.
                excused = kind == "closed twice" and (self.blind or self._card_in_doubt)
                if sentence in rule and not excused:
                    yield self._breach(kind, rule)
        if self._two_writers:
            yield self._breach("two writers", self._two_writers)

    def _breach(self, kind: Kind, detail: str) -> Breach:
        return Breach(kind, self._asked.token, self._asked.turn_id, detail)


def _manner(text: str) -> str:
    if _GIVEN_BACK in text:
        return "given back"
    if any(sentence in text for sentence in _FAILURES):
        return "failure sentence"
    return "answered"
