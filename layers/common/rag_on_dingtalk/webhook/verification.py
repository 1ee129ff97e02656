"""Who sent a push, and for whom: one ladder for robot messages, events and clicks.

In this order, the cheap and the public first:

1. size: `fc_web.read_request`, before anything of the body is parsed.
2. path: `check_path`, before the code of the route is loaded.
3. signature and 4. freshness: `verify`, before the body's contents are read.
5. addressee: `check_addressee`, and the owner of an envelope in `unsealing`.

A refusal answers the same 401 on every rung; only the log tells which it was. An unknown bot costs the same
HMAC as a known one, over a secret that no one has, so that the time of an answer does not tell them apart.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.dingtalk.inbound.fields import milliseconds
from rag_on_dingtalk.dingtalk.signature import is_fresh
from rag_on_dingtalk.webhook.refusals import UnverifiableError, unauthorized
from rag_on_dingtalk.webhook.routes import UNAVAILABLE

if TYPE_CHECKING:
    from rag_on_dingtalk.webhook.routes import BotRoute

#: A real robotCode is a Client ID: `ding` and 16 letters and digits. Placeholders such as `normal` were seen.
_SHORTEST_ROBOT_CODE = 16


class Proof(msgspec.Struct, frozen=True):
    """What differs between the kinds of push.

    signature, timestamp: as sent, empty where missing; each kind has its own header or query parameter.
    made_with: whether the signature was made with a secret; takes the same time whichever character differs.
    past_ms: how old the timestamp may be.
    """

    signature: str
    timestamp: str
    made_with: Callable[[str], bool]
    past_ms: int


def check_path(bot_route: BotRoute, given: str) -> None:
    """Compare the end of the path with the bot's path secret.

    Raises:
        RequestRefusedError: 401.
    """
    if not bot_route.has_path(given):
        raise unauthorized("path_secret")


def verify(proof: Proof, bot_route: BotRoute, now_ms: int) -> int:
    """Let only DingTalk's own, fresh pushes pass; returns how many milliseconds ago this one was signed.

    Raises:
        UnverifiableError: signed and fresh, but KMS cannot give the secret now.
        RequestRefusedError: 401.
    """
    valid = False
    # Every secret is tried, whichever fits and whether the route is disabled: equal time.
    for secret in bot_route.secrets:
        valid |= proof.made_with(secret.reveal())
    fresh = is_fresh(proof.timestamp, now_ms, past_ms=proof.past_ms)
    unavailable = bot_route.disabled_reason == UNAVAILABLE
    if bot_route.disabled_reason and not unavailable:
        raise unauthorized(bot_route.disabled_reason)
    if not proof.signature or not proof.timestamp:
        raise unauthorized("unsigned")
    if not valid and not unavailable:
        raise unauthorized("signature")
    if not fresh:
        raise unauthorized("stale")
    if unavailable:
        raise UnverifiableError(UNAVAILABLE)
    return now_ms - milliseconds(proof.timestamp)


def check_addressee(bot_route: BotRoute, *, corp_id: object, robot_code: object = None) -> None:
    """Refuse a push whose body names another organisation or another robot.

    The signatures of robot messages and clicks cover no body, so this proves nothing; it finds mistakes in
    `bots.yaml` or in the console.

    corp_id, robot_code: what the body says; anything but a string says nothing.

    Raises:
        RequestRefusedError: 401.
    """
    app = bot_route.settings.dingtalk
    if app.corp_id and isinstance(corp_id, str) and not _same(corp_id, app.corp_id):
        raise unauthorized("other_organisation")
    if not isinstance(robot_code, str) or not _is_robot_code(robot_code):
        return
    if not _same(robot_code, app.client_id) and not _same(robot_code, app.robot_code):
        raise unauthorized("other_robot")


def _is_robot_code(code: str) -> bool:
    return len(code) >= _SHORTEST_ROBOT_CODE and code.startswith("ding") and code.isascii() and code.isalnum()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
