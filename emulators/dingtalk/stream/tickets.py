"""Tickets: what one is given for, and for how long. No I/O; the clock is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.dingtalk.organisation.people import RobotApp

TICKET_LIFE_S = 90.0


@dataclass(frozen=True)
class Opening:
    """One accepted request.

    subscriptions: (type, topic) pairs, which stay as they are for the connection's life.
    user_agent, local_ip: what the client says of itself; for diagnosis only.
    """

    robot: RobotApp
    subscriptions: frozenset[tuple[str, str]]
    user_agent: str
    local_ip: str
    expires: float = field(repr=False)


class Tickets:
    """Tickets that are out: each opens one connection, within 90 seconds."""

    def __init__(self, clock: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._out: dict[str, Opening] = {}
        self.opened: list[Opening] = []

    def issue(
        self,
        robot: RobotApp,
        subscriptions: frozenset[tuple[str, str]],
        *,
        user_agent: str = "",
        local_ip: str = "",
    ) -> str:
        """A new ticket; it holds characters that a query must escape."""
        opening = Opening(robot, subscriptions, user_agent, local_ip, self._clock() + TICKET_LIFE_S)
        self.opened.append(opening)
        ticket = f"{self._new_id()}+/{self._new_id()}=="
        self._out[ticket] = opening
        return ticket

    def redeem(self, ticket: str) -> Opening | None:
        """What a ticket was given for; None when it was used, is too old or never was one."""
        opening = self._out.pop(ticket, None)
        return opening if opening is not None and self._clock() < opening.expires else None
