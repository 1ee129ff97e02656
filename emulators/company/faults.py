"""The ways a company's own API can misbehave, as they are listed to the person who switches them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulators.faults import FaultBoard

AWAY = "company.away"
BROKEN = "company.broken"
LOST = "company.answer_lost"
REDIRECT = "company.redirect"

_HELP = {
    AWAY: "The company's API answers 503.",
    BROKEN: "The company's API answers 200 with an HTML page.",
    LOST: "The company's API carries a call out and answers 502.",
    REDIRECT: "The company's API answers 302 to another host.",
}


def declare(faults: FaultBoard) -> None:
    """Make them known to the board."""
    for name, help_text in _HELP.items():
        faults.declare(name, help_text)
