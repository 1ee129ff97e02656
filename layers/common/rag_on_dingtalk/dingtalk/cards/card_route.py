"""Telling DingTalk where the clicks on a bot's cards go; once for each environment, not during a question.

Source: "注册卡片回调地址" (development/register-card-callback-address). A route leads to one address;
changing it changes where the clicks on every card go that was sent with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
    from rag_on_dingtalk.settings.secret import Secret

_PATH = "/v1.0/card/callbacks/register"
_TAKEN = "param.callbackRouteKeyExist"

Outcome = Literal["registered", "replaced", "taken"]


class Registration(msgspec.Struct, frozen=True):
    """What came of it.

    outcome: `registered`: the route leads to our address, maybe since before; `replaced`: it led elsewhere,
        or was signed with another secret; `taken`: it still does, or is.
    before: where it led, when DingTalk said so; may hold a secret in its path.
    """

    outcome: Outcome
    before: str = ""


async def register_card_route(
    api: OpenApi, *, route: str, url: str, secret: Secret, replace: bool
) -> Registration:
    """Make `route` lead to `url`, signed with `secret`.

    replace: also when it leads somewhere else so far.

    Raises:
        DingTalkError: DingTalk refused, or could not be reached.
    """
    wanted = {"callbackRouteKey": route, "callbackUrl": url, "apiSecret": secret.reveal()}
    before = ""
    try:
        # Without force an existing route is left alone, and its values come back or the call fails.
        answer = await api.call("POST", _PATH, {**wanted, "forceUpdate": False})
    except DingTalkError as error:
        if error.code != _TAKEN:
            raise
    else:
        result = answer.get("result")
        there = result if isinstance(result, dict) else {}
        if (there.get("callbackUrl"), there.get("apiSecret")) == (url, secret.reveal()):
            return Registration("registered")
        before = str(there.get("callbackUrl") or "")
    if not replace:
        return Registration("taken", before)
    await api.call("POST", _PATH, {**wanted, "forceUpdate": True})
    return Registration("replaced", before)
