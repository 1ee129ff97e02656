"""The life of an incident: quiet → opening → open → quiet. Pure.

    quiet    --bad, enough in a row--> opening   whose caller sends the card within its lease
    opening  --the card is sent------> open      --lease over, bad again--> another caller sends the same card
    open     --bad, 5 s later--------> open      whose caller writes the numbers into the card
    open     --good------------------> quiet     whose caller says on the card that it is over
    opening  --lease over, good------> quiet     the same, in case the card was sent

Every transition is one compare and swap of the row, so exactly one caller gets each action.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.incidents.rules import Rule

#: Between two changes of a card.
UPDATE_MS = 5_000
#: To send the card, before another caller may.
_LEASE_MS = 15_000
MUTE_MS = 2 * 3_600_000


class State(str, Enum):
    """See above."""

    QUIET = "quiet"
    OPENING = "opening"
    OPEN = "open"


class Action(Enum):
    """What the caller of a transition is to do."""

    NOTHING = "nothing"
    SEND = "send"
    UPDATE = "update"
    CLOSE = "close"


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of trouble of one bot.

    episode: counts the incidents of this kind; the card's id is made of it.
    in_a_row: bad signs since the last good one. count: bad signs of this episode.
    first_ms, last_ms: the first and the last bad sign of it; shown_ms: when the card was last written.
    lease_until_ms: until when another caller is sending the card. muted_until_ms: until then nothing is sent.
    acknowledged_by: the staff id of the operator who has taken it.
    """

    state: State = State.QUIET
    episode: int = 1
    in_a_row: int = 0
    count: int = 0
    first_ms: int = 0
    last_ms: int = 0
    shown_ms: int = 0
    lease_until_ms: int = 0
    muted_until_ms: int = 0
    acknowledged_by: str = ""
    detail: str = ""

    @property
    def is_open(self) -> bool:
        """It has been told, or is being told."""
        return self.state is not State.QUIET


def bad(incident: Incident, rule: Rule, now_ms: int, detail: str) -> tuple[Incident, Action]:
    """After a bad sign."""
    stale = incident.state is State.QUIET and now_ms - incident.last_ms > rule.within_ms
    fresh = incident.in_a_row == 0 or stale
    changed = msgspec.structs.replace(
        incident,
        in_a_row=1 if stale else incident.in_a_row + 1,
        count=1 if stale else incident.count + 1,
        first_ms=now_ms if fresh and not incident.is_open else incident.first_ms,
        last_ms=now_ms,
        detail=detail,
    )
    muted = now_ms < incident.muted_until_ms
    if muted:
        return changed, Action.NOTHING
    if changed.state is State.QUIET and changed.in_a_row >= rule.in_a_row:
        return _sending(changed, now_ms), Action.SEND
    if changed.state is State.OPENING and now_ms >= changed.lease_until_ms:
        return _sending(changed, now_ms), Action.SEND
    if changed.state is State.OPEN and now_ms - changed.shown_ms >= UPDATE_MS:
        return msgspec.structs.replace(changed, shown_ms=now_ms), Action.UPDATE
    return changed, Action.NOTHING


def good(incident: Incident, now_ms: int, *, quiet_ms: int) -> tuple[Incident, Action]:
    """After a good sign; quiet_ms: an incident whose last bad sign is younger goes on."""
    if incident.state is State.QUIET:
        # Also while it is muted: what is over needs no card.
        return _calm(incident) if incident.in_a_row else incident, Action.NOTHING
    # While a caller sends the card; whether one that never said so has sent it is not known.
    sending = incident.state is State.OPENING and now_ms < incident.lease_until_ms
    if now_ms - incident.last_ms < quiet_ms or sending:
        return incident, Action.NOTHING
    return msgspec.structs.replace(
        _calm(incident), state=State.QUIET, episode=incident.episode + 1
    ), Action.CLOSE


def sent(incident: Incident, now_ms: int) -> Incident:
    """The card stands."""
    return msgspec.structs.replace(incident, state=State.OPEN, shown_ms=now_ms, lease_until_ms=0)


def acknowledged(incident: Incident, by: str) -> Incident:
    """An operator has taken it."""
    return msgspec.structs.replace(incident, acknowledged_by=by)


def muted(incident: Incident, by: str, now_ms: int) -> Incident:
    """An operator wants nothing said of it for two hours."""
    return msgspec.structs.replace(incident, acknowledged_by=by, muted_until_ms=now_ms + MUTE_MS)


def _sending(incident: Incident, now_ms: int) -> Incident:
    return msgspec.structs.replace(
        incident, state=State.OPENING, lease_until_ms=now_ms + _LEASE_MS, acknowledged_by=""
    )


def _calm(incident: Incident) -> Incident:
    return msgspec.structs.replace(incident, in_a_row=0, count=0, acknowledged_by="", detail="")
