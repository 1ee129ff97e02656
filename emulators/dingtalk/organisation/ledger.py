"""The record: every push sent, every API call received, every rule a bot bent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

STREAMING_API = "PUT /v1.0/card/streaming"


@dataclass(eq=False)
class Call:
    """One API call.

    at, took: seconds.
    api: method and path.
    app: the bot's name; empty when nothing told who called, as with the token call.
    conversation_id: as far as the call or its card tells; a `batchSend` names people only.
    summary: the request body, shortened, without secrets.
    in_flight: calls of this API for the same card being served when it arrived, itself included.
    status: None while it is being served and for ever when the connection was dropped.
    code: the error code, or a webhook's errcode; empty on success.
    counted: took one from the monthly quota.
    caller: who called, as far as the address tells that the caller was given; see `openapi/callers.py`.
    """

    number: int
    at: float
    api: str
    out_track_id: str = ""
    conversation_id: str = ""
    summary: str = ""
    in_flight: int = 1
    app: str = ""
    status: int | None = None
    code: str = ""
    took: float = 0.0
    counted: bool = False
    caller: str = ""


@dataclass(frozen=True)
class Push:
    """One push to a bot, by HTTP or by Stream.

    what: a robot message, a click on a card, or an event.
    subject: msgId, outTrackId or eventId.
    url: `stream` when it went by Stream. status: then the acknowledgement's code; None when no answer came.
    latency: seconds.
    error: why it counts as undelivered; empty when it arrived.
    """

    at: float
    what: Literal["message", "click", "event"]
    robot: str
    subject: str
    url: str
    status: int | None
    body: str
    latency: float
    error: str = ""

    @property
    def delivered(self) -> bool:
        """The bot took it."""
        return not self.error


@dataclass(frozen=True)
class Violation:
    """Something DingTalk let pass here though nothing promises that it will.

    rule: what was broken, in words.
    """

    at: float
    out_track_id: str
    rule: str


@dataclass
class Ledger:
    """Everything that went over the wire, oldest first."""

    clock: Callable[[], float]
    calls: list[Call] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    _open: set[Call] = field(default_factory=set)

    def begin(
        self, api: str, *, out_track_id: str = "", conversation_id: str = "", summary: str = ""
    ) -> Call:
        """Note a call's arrival."""
        call = Call(len(self.calls) + 1, self.clock(), api, out_track_id, conversation_id, summary)
        self.calls.append(call)
        self._open.add(call)
        if out_track_id:
            call.in_flight = self.in_flight(api, out_track_id)
        return call

    def in_flight(self, api: str, out_track_id: str) -> int:
        """Calls of this API for this card that are being served now."""
        return sum(one.api == api and one.out_track_id == out_track_id for one in self._open)

    def end(self, call: Call, status: int | None, code: str = "") -> None:
        """Note a call's answer."""
        self._open.discard(call)
        call.status, call.code, call.took = status, code, self.clock() - call.at

    def calls_to(self, api: str) -> list[Call]:
        """The calls of one API, given as method and path."""
        return [call for call in self.calls if call.api == api]

    def calls_for(self, out_track_id: str) -> list[Call]:
        """The calls spent on one card."""
        return [call for call in self.calls if call.out_track_id == out_track_id]

    def most_in_flight(self, out_track_id: str) -> int:
        """How many streaming calls for one card were being served at the same time, at most."""
        served = [call.in_flight for call in self.calls_for(out_track_id) if call.api == STREAMING_API]
        return max(served, default=0)

    def violates(self, out_track_id: str, rule: str) -> None:
        """Note a broken rule."""
        self.violations.append(Violation(self.clock(), out_track_id, rule))
