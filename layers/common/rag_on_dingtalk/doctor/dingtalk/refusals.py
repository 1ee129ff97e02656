"""What DingTalk's refusal of a trial call is about. Pure.

Sources: "服务端 API 错误码" (development/server-api-error-codes-1) for the codes. That an API checks the
address and the permission before it looks at the body is how the local system does it; DingTalk does not say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.dingtalk.openapi.advice import advice

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import DingTalkError

_BAD_REQUEST = 400

#: `content`: the call was let in and its body was found wanting, as trial calls want it.
About = Literal["nothing", "address", "permission", "content", "trouble"]


def about(refusal: DingTalkError | None) -> About:
    """What the refusal is about; `trouble` is anything that says nothing about the settings."""
    if refusal is None:
        return "nothing"
    if refusal.code.endswith("IpNotInWhiteList"):
        return "address"
    if refusal.code.endswith("AccessTokenPermissionDenied"):
        return "permission"
    if refusal.status == _BAD_REQUEST and not refusal.bad_token:
        return "content"
    return "trouble"


def obstacle(refusal: DingTalkError | None) -> str:
    """Why a trial says nothing about what it was for; empty when it does."""
    return {
        "address": "DingTalk refuses this machine's address.",
        "permission": "the permission comes first.",
        "trouble": "DingTalk did not say.",
    }.get(about(refusal), "")


def told(refusal: DingTalkError, otherwise: str) -> str:
    """How DingTalk refused, and what to do: what the error itself says of its code, or else `otherwise`."""
    said = str(refusal).rstrip(".")
    return f"{said}." if advice(refusal.code) else f"{said}. {otherwise}"
