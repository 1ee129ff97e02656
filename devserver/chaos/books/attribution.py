"""Which question a robot's message answers. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from devserver.chaos.plan import tokens_in
from devserver.own_words import NOTICES, without_mention

if TYPE_CHECKING:
    from devserver.chaos.books.evidence import Evidence, ShownMessage

_OF_INCIDENTS = ("**🔴 ", "**🟢 ")


def is_notice(text: str) -> bool:
    """Whether a message is no answer: it tells the asker of one, or the operators of an incident."""
    words = without_mention(text)
    return words in NOTICES or words.startswith(_OF_INCIDENTS)


def attribute(evidence: Evidence) -> tuple[dict[str, list[ShownMessage]], list[ShownMessage]]:
    """The messages of each turn, by turn id, and those that belong to none.

    An answer carries its question's token. A sentence that there is no answer does not: it goes to a turn of
    the same chat whose reply it was and that has nothing yet, else to one whose reply it was. So how many are
    too many is exact; whose they are may be another's who was told the same words in the same chat.
    """
    turn_of = {one.token: one.turn_id for one in evidence.asked}
    shown = {card.turn_id for card in evidence.cards if card.closed_at is not None}
    chat_of = {one.turn_id: one.chat for one in evidence.asked}
    replied: dict[tuple[str, str], list[str]] = defaultdict(list)
    for turn in evidence.turns:
        for part in turn.parts:
            replied[chat_of.get(turn.turn_id, ""), part.strip()].append(turn.turn_id)
    attributed: dict[str, list[ShownMessage]] = defaultdict(list)
    strays = []
    for message in sorted(evidence.messages, key=lambda one: one.at):
        named = [turn_of[token] for token in tokens_in(message.text) if token in turn_of]
        told = replied[message.chat, without_mention(message.text)]
        waiting = [turn for turn in told if turn not in shown and not attributed.get(turn)]
        candidates = named or waiting or told
        if candidates:
            attributed[candidates[0]].append(message)
        else:
            strays.append(message)
    return attributed, strays
