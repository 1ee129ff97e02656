"""From a system that has come to rest to the evidence."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from devserver.chaos.books.attribution import is_notice
from devserver.chaos.books.evidence import (
    Asked,
    Broken,
    Creation,
    Evidence,
    SentFrame,
    ShownCard,
    ShownMessage,
    StoredTurn,
    Worked,
)
from devserver.chaos.plan import token_of
from devserver.system import HOUSEKEEPING
from emulators.dingtalk.organisation.ledger import STREAMING_API
from rag_on_dingtalk.cloud.fc_failure import read_failure
from rag_on_dingtalk.cloud.job_codec import decode_job
from rag_on_dingtalk.errors import BotError
from rag_on_dingtalk.models.question import Question, turn_id_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from devserver.chaos.traffic import Said
    from devserver.system import LocalSystem, LogEntry
    from emulators.dingtalk import Call, Card, PushOutcome
    from emulators.function_compute import InstanceRun, Stall

_ALL_ROWS = 1_000_000
_CLOSING = ("finalize", "error", "update")
CREATE_API = "POST /v1.0/card/instances/createAndDeliver"
_CARD_CHANGES = (STREAMING_API, "PUT /v1.0/card/instances")


def collect(
    system: LocalSystem, said: Sequence[Said], log: Iterable[LogEntry], running: Sequence[str]
) -> Evidence:
    """Everything the books are made from.

    log: every line the functions printed.
    """
    lines, stalls = list(_events(log)), system.functions.stalls()
    told = Counter((name, turn_id) for name, turn_id, _ in lines)
    lost = {turn_id: at for name, turn_id, at in lines if name == "claim_lost"}
    asked = tuple(_asked(one, told, lost) for one in said)
    conversations, calls = system.dingtalk.conversations, system.dingtalk.ledger.calls
    creations: dict[str, list[Call]] = {}
    for call in calls:
        if _changed_a_card(call, (CREATE_API,)):
            creations.setdefault(call.out_track_id, []).append(call)
    return Evidence(
        asked=asked,
        cards=tuple(
            shown(card, creations.get(card.out_track_id, ()))
            for conversation in conversations
            for card in conversation.cards
        ),
        messages=tuple(
            ShownMessage(conversation.id, message.text, message.sent_at)
            for conversation in conversations
            for message in conversation.messages
            if message.from_robot and message.via != "inline" and not is_notice(message.text)
        ),
        turns=tuple(
            StoredTurn(str(row["turn_id"]), str(row["status"]), tuple(json.loads(row["parts"])))
            for row in system.tablestore.rows("turns", _ALL_ROWS)
        ),
        broken=tuple(Broken(one.out_track_id, one.rule) for one in system.dingtalk.ledger.violations),
        unseen=frozenset(one.turn_id for one in asked if _is_unseen(system, one.turn_id)),
        running=tuple(running),
        frames=tuple(
            SentFrame(call.out_track_id, call.caller, call.at)
            for call in calls
            if _changed_a_card(call, _CARD_CHANGES)
        ),
        work=tuple(
            worked for run in system.functions.runs() if (worked := worked_of(run, stalls)) is not None
        ),
    )


def _changed_a_card(call: Call, apis: Collection[str]) -> bool:
    """Taken, or its connection was dropped, which may have been afterwards."""
    return call.api in apis and bool(call.caller) and call.status in (200, None)


def worked_of(run: InstanceRun, stalls: Iterable[Stall]) -> Worked | None:
    """None: it worked on no question."""
    turn_id = "" if run.function == HOUSEKEEPING else _turn_in(run.payload)
    if turn_id is None:
        return None
    here = [one for one in stalls if one.instance_id == run.instance_id]
    stood_still = tuple(
        (one.began, one.ended) for one in here if one.began <= run.ended and one.ended >= run.began
    )
    return Worked(turn_id, run.instance_id, run.began, run.ended, run.killed, stood_still)


def _turn_in(payload: bytes) -> str | None:
    for read in (decode_job, lambda body: read_failure(body).job):
        try:
            job = read(payload)
        except BotError:
            continue
        return job.turn_id if isinstance(job, Question) else None
    return None


def turn_of(said: Said) -> str:
    """The turn's id."""
    return turn_id_of(said.chat.robot, said.outcome.message.id)


def _asked(said: Said, told: Counter[tuple[str, str]], lost: Mapping[str, float]) -> Asked:
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
        lost_at=lost.get(turn_id, 0.0),
        blind=told["claimed_without_tablestore", turn_id],
    )


def _refused(outcome: PushOutcome) -> int:
    """Deliveries after which the chat shows a sentence, or that the message did not arrive."""
    return sum(not push.delivered or _says_something(push.body) for push in outcome.pushes)


def _says_something(body: str) -> bool:
    return bool(json.loads(body).get("msgtype") != "empty")


def shown(card: Card, creations: Sequence[Call] = ()) -> ShownCard:
    """The card as it stands in the chat; creations: the calls that may have made it, oldest first."""
    closing = [frame.at for frame in card.frames if frame.kind in _CLOSING]
    if not card.closed:
        return ShownCard(card.out_track_id, card.text, None)
    if closing:
        return ShownCard(card.out_track_id, card.text, closing[-1])
    # A card that was created with the whole answer needs no closing frame.
    made = [call for call in creations if call.at <= card.created_at][-1:]
    whole = Creation(made[0].caller, made[0].at, heard=made[0].status is not None) if made else None
    return ShownCard(card.out_track_id, card.text, card.created_at, whole)


def _is_unseen(system: LocalSystem, turn_id: str) -> bool:
    try:
        return not system.dingtalk.card(turn_id).conversations
    except LookupError:
        return False


def _events(log: Iterable[LogEntry]) -> Iterable[tuple[str, str, float]]:
    """What the functions said of a turn: (message, turn id, seconds since the epoch)."""
    for entry in log:
        try:
            line = json.loads(entry.line)
        except ValueError:
            continue
        if isinstance(line, dict) and "turn_id" in line:
            yield str(line.get("message")), str(line["turn_id"]), _seconds(str(line.get("timestamp", "")))


def _seconds(timestamp: str) -> float:
    try:
        # Python 3.10 reads no Z.
        return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
