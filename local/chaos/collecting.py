"""From a system that has come to rest to the evidence."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from local.chaos.evidence import Asked, Broken, Evidence, ShownCard, ShownMessage, StoredTurn
from local.chaos.plan import token_of
from rag_on_dingtalk.model import turn_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from local.chaos.traffic import Said
    from local.dingtalk import Card, PushOutcome
    from local.system import LocalSystem, LogEntry

_ALL_ROWS = 1_000_000
_CLOSING = ("finalize", "error", "update")


def collect(
    system: LocalSystem, said: Sequence[Said], log: Iterable[LogEntry], running: Sequence[str]
) -> Evidence:
    """Everything the books are made from.

    log: every line the functions printed.
    """
    told = Counter(_events(log))
    asked = tuple(_asked(one, told) for one in said)
    conversations = system.dingtalk.conversations
    return Evidence(
        asked=asked,
        cards=tuple(_card(card) for conversation in conversations for card in conversation.cards),
        messages=tuple(
            ShownMessage(conversation.id, message.text, message.sent_at)
            for conversation in conversations
            for message in conversation.messages
            if message.from_robot and message.via != "inline"
        ),
        turns=tuple(
            StoredTurn(str(row["turn_id"]), str(row["status"]), tuple(json.loads(row["parts"])))
            for row in system.tablestore.rows("turns", _ALL_ROWS)
        ),
        broken=tuple(Broken(one.out_track_id, one.rule) for one in system.dingtalk.ledger.violations),
        unseen=frozenset(one.turn_id for one in asked if _is_unseen(system, one.turn_id)),
        running=tuple(running),
    )


def turn_of(said: Said) -> str:
    """The turn's id."""
    return turn_id_of(said.chat.robot, said.outcome.message.id)


def _asked(said: Said, told: Counter[tuple[str, str]]) -> Asked:
    outcome, message = said.outcome, said.outcome.message
    whose = "" if said.chat.shared else str(said.utterance.person)
    turn_id = turn_of(said)
    refused = _refused(outcome)
    return Asked(
        number=said.utterance.number,
        token=token_of(said.utterance.number),
        turn_id=turn_id,
        chat=message.conversation.id,
        session=f"{message.conversation.id}/{whose}",
        at=message.sent_at,
        taken=refused < len(outcome.pushes),
        told_at_once=refused,
        finished=told["answered", turn_id],
        lost=told["claim_lost", turn_id],
    )


def _refused(outcome: PushOutcome) -> int:
    """Deliveries after which the chat shows a sentence, or that the message did not arrive."""
    return sum(not push.delivered or _says_something(push.body) for push in outcome.pushes)


def _says_something(body: str) -> bool:
    return bool(json.loads(body).get("msgtype") != "empty")


def _card(card: Card) -> ShownCard:
    closing = [frame.at for frame in card.frames if frame.kind in _CLOSING]
    return ShownCard(card.out_track_id, card.text, closing[-1] if card.closed else None)


def _is_unseen(system: LocalSystem, turn_id: str) -> bool:
    try:
        return not system.dingtalk.card(turn_id).conversations
    except LookupError:
        return False


def _events(log: Iterable[LogEntry]) -> Iterable[tuple[str, str]]:
    """What the functions said of a turn: (message, turn id)."""
    for entry in log:
        try:
            line = json.loads(entry.line)
        except ValueError:
            continue
        if isinstance(line, dict) and "turn_id" in line:
            yield str(line.get("message")), str(line["turn_id"])
