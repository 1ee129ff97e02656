"""Whether the app may see the people its bot writes to: the contact scope (通讯录权限范围). Pure.

Source of the errcodes: "服务端 API 错误码" (development/server-api-error-codes-1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.errors import DingTalkError

SUBJECT = "contact scope"

NOBODY = unchecked(
    SUBJECT, "bots.yaml names no administrators to look up. Name somebody's staff id with --person."
)

_TODO = {
    "60011": "Request qyapi_get_member in the developer console under 权限管理 and publish the app.",
    "50002": "Widen 通讯录权限范围 in the developer console under 权限管理 to who may ask the bot.",
    "60121": "There is nobody with this staff id; correct it in bots.yaml.",
    "33012": "This is no staff id; correct it in bots.yaml.",
}


def judge(lookups: Mapping[str, DingTalkError | None]) -> Line:
    """What looking each of these people up says.

    lookups: staff id → how DingTalk refused; None: it did not. A legacy API's code is its errcode as text.
    """
    for staff_id, refusal in lookups.items():
        if refusal is not None:
            todo = _TODO.get(refusal.code)
            if todo is None:
                return unchecked(SUBJECT, f"{refusal}. Run doctor again in a minute.")
            return wrong(SUBJECT, f"{staff_id} cannot be looked up: {refusal}. {todo}")
    return well(SUBJECT, f"The app may look up {', '.join(lookups)}.")
