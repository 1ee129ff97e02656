"""Where the clicks on cards go. Pure.

There is no call that only reads a route. Registering without force changes no route that exists; one that
is free is made, exactly as `register-cards` makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.doctor.dingtalk.refusals import told
from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

if TYPE_CHECKING:
    from rag_on_dingtalk.dingtalk.cards.card_route import Registration
    from rag_on_dingtalk.errors import DingTalkError
    from rag_on_dingtalk.settings.secret import Secret

SUBJECT = "callback registration"

NO_CALLBACK = unchecked(SUBJECT, "bots.yaml has no card_callback for this bot, its cards have no buttons.")
NO_URL = unchecked(SUBJECT, "say with --url where the callback function is.")


class ClicksAddress(msgspec.Struct, frozen=True):
    """Where the clicks on one bot's cards are to go.

    base: the callback function's address without a path; empty: not known.
    """

    base: str
    bot: str

    def url(self, path_secret: Secret | None) -> str:
        """The address in full."""
        secret = f"/{path_secret.reveal()}" if path_secret else ""
        return f"{self.base}/cards/{self.bot}{secret}"


def judge(route: str, base: str, outcome: Registration | DingTalkError) -> Line:
    """What registering without force says; names no path, it may hold a secret.

    base: the callback function's address.
    """
    if isinstance(outcome, Exception):
        return wrong(
            SUBJECT, f"Route {route}: {told(outcome, 'Run doctor again; if it stays, look the code up.')}"
        )
    if outcome.outcome == "taken":
        return wrong(
            SUBJECT,
            f"Route {route} leads to another address or is signed with another secret. If no other "
            f"deployment uses it: `python -m rag_on_dingtalk register-cards --url {base} --replace`.",
        )
    return well(SUBJECT, f"Route {route} leads to {base}.")
